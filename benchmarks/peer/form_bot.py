# The types of botbuilder are not there where this is checked.
# ruff: noqa: ANN001, ANN201, ANN202, ARG002
"""The peer: the conversation of benchmarks/support/conversation.py in botbuilder-dialogs, its state in SQLite.

Runs in an environment of its own (`make bench` makes it from requirements.txt beside this file), which knows
nothing of Callboard. Each line of JSON on standard input, `{"synchronous": …, "talks": …, "script": […]}`, is
answered by one on standard output: the seconds of one turn. A turn loads the state, runs the dialogues and
saves the state with one durable commit. Prompts are texts and a choice, judged as strictly as ours; botbuilder's
own recognisers of numbers and dates would cost it twice as much.
"""

import asyncio
import json
import re
import sqlite3
import sys
import time
from pathlib import Path

import jsonpickle
from botbuilder.core import BotAdapter, ConversationState, MessageFactory, Storage, TurnContext, UserState
from botbuilder.dialogs import DialogSet, DialogTurnStatus, WaterfallDialog
from botbuilder.dialogs.choices import Choice
from botbuilder.dialogs.prompts import ChoicePrompt, PromptOptions, TextPrompt
from botbuilder.schema import Activity, ActivityTypes, ChannelAccount, ConversationAccount, ResourceResponse

QUESTIONS = (
    ("name", "What is your name?", re.compile(r".*\S.*")),
    ("email", "Your e-mail?", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("age", "How old are you?", re.compile(r"1[6-9]|[2-9]\d")),
    ("shift", "Which shift?", ("day", "evening", "night")),
    ("start", "From what date?", re.compile(r"\d{4}-\d\d-\d\d")),
)
WELCOME, RETRY, CLOSING = "Shall we start?", "Sorry, once more.", "Thank you."


class SqliteStorage(Storage):
    """State as rows of text; a write is one transaction, refused where somebody else has written since."""

    def __init__(self, file: Path, synchronous: str) -> None:
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode=WAL")
        self._rows.execute(f"PRAGMA synchronous={synchronous}")
        self._rows.execute("CREATE TABLE IF NOT EXISTS states (name TEXT PRIMARY KEY, version INTEGER, body TEXT)")

    async def read(self, keys):
        marks = ",".join("?" * len(keys))
        found = self._rows.execute(f"SELECT name, version, body FROM states WHERE name IN ({marks})", keys).fetchall()
        states = {}
        for name, version, body in found:
            states[name] = jsonpickle.decode(body)
            states[name]["e_tag"] = version
        return states

    async def write(self, changes):
        self._rows.execute("BEGIN IMMEDIATE")
        for name, state in changes.items():
            seen = state.pop("e_tag", None)
            self._write_one(name, seen, jsonpickle.encode(state))
            state["e_tag"] = (seen or 0) + 1
        self._rows.execute("COMMIT")

    def _write_one(self, name, seen, body):
        if seen is None:
            written = self._rows.execute("INSERT OR IGNORE INTO states VALUES (?, 1, ?)", (name, body))
        else:
            change = "UPDATE states SET version = version + 1, body = ? WHERE name = ? AND version = ?"
            written = self._rows.execute(change, (body, name, seen))
        if written.rowcount != 1:
            self._rows.execute("ROLLBACK")
            raise RuntimeError(f"{name} has been written by somebody else")

    async def delete(self, keys):
        self._rows.executemany("DELETE FROM states WHERE name = ?", [(key,) for key in keys])


class Paper(BotAdapter):
    """Keeps what the bot says."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    async def send_activities(self, context, activities):
        self.said += [activity.text for activity in activities]
        return [ResourceResponse(id=str(number)) for number, _ in enumerate(activities)]

    async def update_activity(self, context, activity):
        raise NotImplementedError

    async def delete_activity(self, context, reference):
        raise NotImplementedError


class FormBot:
    """Asks the questions in a waterfall and keeps the answers with the person."""

    def __init__(self, storage: Storage) -> None:
        self._talk, self._person = ConversationState(storage), UserState(storage)
        self._answers = self._person.create_property("answers")
        self._dialogs = DialogSet(self._talk.create_property("dialogs"))
        steps = [self._step(place) for place in range(len(QUESTIONS))]
        self._dialogs.add(WaterfallDialog("form", [self._welcome, *steps, self._close]))
        self._dialogs.add(TextPrompt("welcome"))
        for key, _, rule in QUESTIONS:
            self._dialogs.add(ChoicePrompt(key) if isinstance(rule, tuple) else TextPrompt(key, _fits(rule)))

    async def turn(self, context: TurnContext) -> None:
        dialogs = await self._dialogs.create_context(context)
        if (await dialogs.continue_dialog()).status == DialogTurnStatus.Empty:
            await dialogs.begin_dialog("form")
        await self._talk.save_changes(context)
        await self._person.save_changes(context)

    async def _welcome(self, step):
        return await step.prompt("welcome", PromptOptions(prompt=MessageFactory.text(WELCOME)))

    def _step(self, place: int):
        key, text, rule = QUESTIONS[place]
        choices = [Choice(option) for option in rule] if isinstance(rule, tuple) else None

        async def ask(step):
            if place:
                step.values[QUESTIONS[place - 1][0]] = getattr(step.result, "value", step.result)
            wish = PromptOptions(
                prompt=MessageFactory.text(text), retry_prompt=MessageFactory.text(RETRY), choices=choices
            )
            return await step.prompt(key, wish)

        return ask

    async def _close(self, step):
        step.values[QUESTIONS[-1][0]] = step.result
        await self._answers.set(step.context, {key: step.values[key] for key, *_ in QUESTIONS})
        await step.context.send_activity(CLOSING)
        return await step.end_dialog()


def _fits(rule: re.Pattern[str]):
    async def check(given):
        return bool(given.recognized.succeeded and rule.fullmatch(given.recognized.value.strip()))

    return check


async def hold(bot: FormBot, paper: Paper, person: str, script: list[str]) -> float:
    """Hold one conversation, its first line unmeasured as our welcome is; return the seconds of the rest."""
    begun = 0.0
    for number, text in enumerate(["", *script]):
        if number == 1:
            begun = time.perf_counter()
        activity = Activity(
            type=ActivityTypes.message,
            id=f"{person}-{number}",
            text=text,
            locale="en-us",
            channel_id="paper",
            service_url="urn:paper",
            from_property=ChannelAccount(id=person),
            recipient=ChannelAccount(id="bot"),
            conversation=ConversationAccount(id=person),
        )
        await bot.turn(TurnContext(paper, activity))
    return time.perf_counter() - begun


async def measure(bot: FormBot, people: range, script: list[str]) -> float:
    """Return the seconds of one turn over so many whole conversations."""
    paper = Paper()
    seconds = sum([await hold(bot, paper, f"person-{number}", script) for number in people])
    if paper.said.count(CLOSING) != len(people) or paper.said.count(RETRY) != len(people):
        raise RuntimeError(f"the conversation went astray: {paper.said[-8:]}")
    return seconds / (len(people) * len(script))


def main() -> None:
    folder, bots, held = Path(sys.argv[1]), {}, 0
    for line in sys.stdin:
        wish = json.loads(line)
        synchronous, talks = wish["synchronous"], wish["talks"]
        if synchronous not in bots:
            bots[synchronous] = FormBot(SqliteStorage(folder / f"peer-{synchronous}.db", synchronous))
        print(asyncio.run(measure(bots[synchronous], range(held, held + talks), wish["script"])), flush=True)
        held += talks


if __name__ == "__main__":
    main()
