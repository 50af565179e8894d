"""Emoji that answer a question by themselves."""

import re

_SKIN_AND_FORM = dict.fromkeys((*range(0x1F3FB, 0x1F400), 0xFE0E, 0xFE0F, 0x200D, 0x2640, 0x2642))
_YES = "👍✅✔☑👌🆗💯🙆🤙🫡"
_NO = "👎❌❎🙅✖🚫⛔🛑✗✘"
_PERHAPS = "🤝🙏💪🔥👏🙌❤🙂😊😀😃😄😁😉☺🥰😍🫶🤩😎⭕🤲🎉"
_UNSURE = "🤷🤔😕😐🧐❓❔🫤😬🙄"
_SIDES: dict[str, bool] = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
_ANY = re.compile(f"[{_YES}{_NO}{_UNSURE}]")
_FOUND = re.compile(f"[{_YES}{_NO}]")
_ONLY = re.compile(rf"[\s{_YES}{_NO}{_PERHAPS}{_UNSURE}!.]+")


def sides_of(text: str) -> tuple[bool, ...]:
    """Return the sides that the emoji of *text* take, in their order."""
    if text.isascii():
        return ()
    return tuple(_SIDES[char] for char in _FOUND.findall(text))


def hesitates(text: str) -> bool:
    """Tell whether *text* has a shrug or the like."""
    return not text.isascii() and any(char in _UNSURE for char in _ANY.findall(text))


def is_wordless(text: str) -> bool:
    """Tell whether *text* has nothing but emoji that may answer."""
    return not text.isascii() and _ONLY.fullmatch(text.translate(_SKIN_AND_FORM)) is not None


def smiles(text: str) -> bool:
    """Tell whether *text* has an emoji that is friendly but says neither yes nor no."""
    return any(char in _PERHAPS for char in text)
