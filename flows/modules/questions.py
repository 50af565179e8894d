"""Questions: one after the other, each of a type that says how a reply is judged."""

from dataclasses import dataclass

from flows.question_types import QuestionType


@dataclass(frozen=True, slots=True)
class Question:
    """One question. After *tries* replies that were not understood it is skipped, or a person is called."""

    key: str
    text: str
    type: QuestionType
    help: str = ""
    required: bool = True
    tries: int = 3
    call_person: bool = True  # when the tries are used up: call a person, otherwise skip
    maps_to: str | None = None  # a candidate field, such as "candidate.email" or "candidate.fields.shoe_size"


@dataclass(frozen=True, slots=True)
class Questions:
    """A run of questions under one heading of the editor."""

    key: str
    questions: tuple[Question, ...]

    @property
    def waits_for_nothing(self) -> bool:
        return False
