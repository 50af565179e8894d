"""What errors say, for people, and where."""

import re

from bot.errors import BotError
from webhooks.desk import desk


def sentence(error: BotError | str) -> str:
    """Return what an error or a finding says, as a sentence."""
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '!', '?')) else '.'}"


@desk.app_template_filter("place")
def place(path: str) -> str:
    """Return a path into a campaign as its reader counts: `modules[1].questions[0].text` is question 1 of module 2."""
    counted = [
        f"{name.removesuffix('s')} {int(number) + 1}" if number else name.replace("_", " ")
        for name, number in re.findall(r"([^.\[\]]+)(?:\[(\d+)\])?", path)
    ]
    words = ", ".join(counted) or "campaign"
    return f"{words[:1].upper()}{words[1:]}"
