"""What a whole story plants, in every spelling in which it could come out again."""

from collections.abc import Iterator
from urllib.parse import quote

PHONE = "+14155550187"
FIRST, LAST = "Zebedia", "Quillfeather"
EMAIL = "zebedia.quillfeather@planted.example"
CITY = "Planterville"
TEXT = "My plantedword landlord is zealous"
ANSWER = "I live at 12 Plantedstreet"
LOGIN = "planted.admin@desk.example"
PASSWORD = "planted-password-931"
FIELD = "plantedcustomvalue"

PEOPLE = (PHONE, FIRST, LAST, EMAIL, CITY, TEXT, ANSWER, FIELD, LOGIN, PASSWORD)


def spellings(value: str) -> Iterator[str]:
    """Yield *value* as logs, URLs, JSON and databases would write it."""
    yield value
    yield quote(value, safe="")
    if value.startswith("+"):
        digits = value[1:]
        yield digits
        yield digits[1:]
        area, exchange, line = digits[1:4], digits[4:7], digits[7:]
        yield f"{area}-{exchange}-{line}"
        yield f"({area}) {exchange}-{line}"
        yield f"{area} {exchange} {line}"
        yield f"{area}.{exchange}.{line}"
    elif " " in value:
        yield from (word for word in value.split() if "planted" in word.lower())


def found_in(text: str, *values: str) -> list[str]:
    """Return what of *values* stands in *text*, in any spelling and case."""
    lower = text.lower()
    return [spelling for value in values for spelling in spellings(value) if spelling.lower() in lower]
