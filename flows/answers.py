"""The values of answers, as they are stored and as the API shows them."""

from collections.abc import Mapping

AnswerValue = bool | int | float | str | list[str] | dict[str, object] | None
"""yes_no and true_false: bool · number: int or float · date: ISO text · choice: the option's text ·
choices: list of texts · phone: E.164 · rating: int · location: {latitude, longitude, label} · None: skipped."""

Answers = Mapping[str, AnswerValue]
