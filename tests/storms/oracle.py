"""What a conversation must be, written by hand: none of it is the product's code, which is what is judged."""

import random
from dataclasses import dataclass, field
from typing import Any

TEMPLATE = {
    "sid": "HX" + "5" * 32,
    "friendly_name": "storm_welcome",
    "language": "en",
    "variables": {"1": "Ann", "2": "Barista"},
    "types": {"twilio/text": {"body": "Hi {{1}}, thanks for applying as {{2}}. Shall we start?"}},
    "approval": {"name": "storm_welcome", "category": "UTILITY", "status": "approved", "content_type": "twilio/text"},
}


def _ask(key: str, kind: str, text: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": kind, "text": text, **more}


def _questions(key: str, *questions: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "type": "questions", "questions": list(questions)}


_CAMPAIGN: dict[str, Any] = {
    "callboard": 1,
    "name": "Storm",
    "language": "en",
    "welcome": {
        "text": "Hi {{ candidate.first_name }}, thanks for applying as {{ job.title }}. Shall we start?",
        "template": {
            "name": "storm_welcome",
            "variables": {"1": "{{ candidate.first_name }}", "2": "{{ job.title }}"},
        },
    },
    "modules": [
        {"key": "hello", "type": "content", "blocks": [{"text": "Eight short questions."}]},
        _questions("basics", _ask("licence", "yes_no", "Do you drive?")),
        _questions("by_car", _ask("car", "text", "Which car do you drive?")),
        _questions("by_bus", _ask("bus", "text", "Which bus do you take?")),
        _questions(
            "rest",
            _ask("years", "number", "How many years have you worked, {{ candidate.first_name }}?", min=0, max=60),
            _ask("town", "text", "Where do you live?"),
            _ask("shift", "choice", "Which shift suits you?", options=["Morning", "Evening", "Night"]),
            _ask("start", "date", "When could you start?"),
            _ask("hours", "number", "How many hours a week?"),
            _ask("note", "long_text", "What else should we know?"),
        ),
    ],
    "rules": [
        {"after": "licence", "if": {"is": "no"}, "go_to": "by_bus"},
        {"after": "car", "if": {"answered": True}, "go_to": "rest"},
    ],
    "conclusion": {"text": "Thank you, {{ candidate.first_name }} of {{ answers.town }}."},
}


def write_campaign(extra: int) -> dict[str, Any]:
    """Return the campaign, with so many more questions at its end."""
    more = [_ask(f"extra{number}", "number", f"And number {number}?") for number in range(1, extra + 1)]
    modules = [*_CAMPAIGN["modules"], *([_questions("more", *more)] if more else [])]
    return {**_CAMPAIGN, "modules": modules}


HOW = "Reply with the number of your choice."
SHIFTS = ("Morning", "Evening", "Night")
TOWNS = ("Faro", "Porto", "Braga", "Évora")


@dataclass
class Turn:
    """What the candidate says, and what must come back."""

    line: str
    answers: list[str]


@dataclass
class Script:
    """A whole conversation: first the welcome, then turns; and what must be on record afterwards."""

    welcome: str
    turns: list[Turn] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        return [turn.line for turn in self.turns]

    @property
    def expected(self) -> list[str]:
        """Everything that must reach the phone, in order."""
        return [self.welcome, *(answer for turn in self.turns for answer in turn.answers)]

    def say(self, line: str, *answers: str) -> None:
        self.turns.append(Turn(line, list(answers)))


def write_script(name: str, channel: str, chance: random.Random, extra: int = 0) -> Script:
    """Make up what one candidate says: ten lines, one of which is not understood, and *extra* ones."""

    def offer(text: str, *options: str) -> str:
        """WhatsApp shows buttons, SMS numbered lines."""
        numbered = [f"{number}. {option}" for number, option in enumerate(options, 1)]
        return text if channel == "whatsapp" else "\n".join([text, *numbered, HOW])

    drives = chance.random() < 0.5
    years, hours, shift = chance.randint(0, 60), chance.randint(1, 60), chance.randint(1, 3)
    town, vehicle = chance.choice(TOWNS), f"The {chance.choice(['old', 'green', 'big'])} one"
    script = Script(f"Hi {name}, thanks for applying as Barista. Shall we start?")
    script.say("ok", "Eight short questions.", offer("Do you drive?", "Yes", "No"))
    script.say("yes" if drives else "no", "Which car do you drive?" if drives else "Which bus do you take?")
    script.say(vehicle, f"How many years have you worked, {name}?")
    script.say(str(years), "Where do you live?")
    script.say(town, offer("Which shift suits you?", *SHIFTS))
    script.say(str(shift), "When could you start?")
    script.say("2031-03-04", "How many hours a week?")
    script.say("plenty of it", "I need a number here. Could you write it in digits?")
    script.say(str(hours), "What else should we know?")
    said = [f"I like {shift} and {years}.", *(str(chance.randint(0, 999)) for _ in range(extra))]
    heard = [*(f"And number {number}?" for number in range(1, extra + 1)), f"Thank you, {name} of {town}."]
    for line, answer in zip(said, heard, strict=True):
        script.say(line, answer)
    script.values = {
        "licence": drives,
        "car" if drives else "bus": vehicle,
        "years": years,
        "town": town,
        "shift": SHIFTS[shift - 1],
        "start": "2031-03-04",
        "hours": hours,
        "note": said[0],
        **{f"extra{number}": int(line) for number, line in enumerate(said[1:], 1)},
    }
    return script
