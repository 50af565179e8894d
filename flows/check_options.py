"""Options of choices: whether a candidate can tell them apart, tap them, and name them safely."""

from collections.abc import Iterator, Sequence

from flows import limits
from flows.carrier_words import may_opt_in, opts_out
from flows.findings import Finding, error, warning
from flows.understanding.commands import Command, read_command
from flows.understanding.normalise import fold
from flows.variables import names_in


def check_options(options: Sequence[str], path: str, locale: str) -> Iterator[Finding]:
    """Find what is wrong with the options at *path*, such as `modules[1].questions[0].options`."""
    if not options:
        yield error(path, "there is nothing to choose from: write at least two options")
        return
    if len(options) == 1:
        yield warning(path, "a single option leaves no choice")
    if len(options) > limits.OPTIONS:
        yield error(path, f"there are {len(options)} options, and at most {limits.OPTIONS} are allowed")
        return
    yield from _fit(options, path)
    yield from _apart(options, path)
    for index, option in enumerate(options):
        yield from _one(option, f"{path}[{index}]", locale)


def _fit(options: Sequence[str], path: str) -> Iterator[Finding]:
    """Check what WhatsApp can show to be tapped: three buttons or a list of ten (twilio.md 2.2)."""
    if len(options) > limits.LIST_ITEMS:
        most = f"more than {limits.LIST_ITEMS} options cannot be tapped on WhatsApp"
        yield warning(path, f"{most}: they will be sent as numbered lines")
        return
    as_list = len(options) > limits.BUTTONS
    most_characters = limits.LIST_LABEL if as_list else limits.BUTTON_LABEL
    for index, option in enumerate(options):
        if len(option) > most_characters:
            what = (
                f"an entry of a list holds {limits.LIST_LABEL}" if as_list else f"a button holds {limits.BUTTON_LABEL}"
            )
            problem = f"{len(option)} characters, and {what}: the options will be sent as numbered lines"
            yield warning(f"{path}[{index}]", problem)


def _apart(options: Sequence[str], path: str) -> Iterator[Finding]:
    """Compare the options as replies are read: without case, accents and punctuation."""
    first: dict[str, int] = {}
    for index, option in enumerate(options):
        plain = fold(option).replace(" ", "")
        if plain in first:
            other = options[first[plain]]
            yield error(f"{path}[{index}]", f'"{option}" reads the same as "{other}": nobody could tell them apart')
        elif plain:
            first[plain] = index
        if plain.isdecimal() and plain != str(index + 1) and 1 <= int(plain[:9]) <= len(options):
            problem = f'somebody who replies "{plain}" may mean this or line {plain}: write it in words, or reorder'
            yield warning(f"{path}[{index}]", problem)


def _one(option: str, path: str, locale: str) -> Iterator[Finding]:
    if not option.strip():
        yield error(path, "an option cannot be empty")
    if len(option) > limits.OPTION:
        yield error(path, f"{len(option)} characters, and an option has at most {limits.OPTION}")
    if names_in(option) or "{{" in option or "{%" in option:
        yield error(path, "options are sent as they stand: they hold no variables")
    if option.strip():
        yield from _command(option, path, locale)


def _command(option: str, path: str, locale: str) -> Iterator[Finding]:
    command = read_command(option, locale)
    if command is Command.STOP or opts_out(option):
        yield error(path, f'whoever replies "{option}" is taken off all messages: choose another word')
    elif may_opt_in(option):
        yield warning(path, f'on SMS a carrier takes "{option}" as a wish for messages: better choose other words')
    elif command is Command.START:
        # any other command is the answer where it is the whole of an option
        yield warning(path, f'"{option}" typed out is the command START: better choose another word')
