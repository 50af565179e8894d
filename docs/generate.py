"""Writes the documents that are made from the code: `python docs/generate.py`. A test fails when they are stale."""

# ruff: noqa: INP001  a script among documents, not a package

from importlib.resources import files
from pathlib import Path

from bot.settings import NOT_READ_YET, Setting, settings_table
from flows.drawing import draw
from flows.lifecycles import ENROLMENT, STAYS, Lifecycle
from flows.parsing import parse_text
from flows.reading import read_flow

DOCS = Path(__file__).parent
MADE = "<!-- Made by docs/generate.py from the code: change that, then run it. -->\n\n"


def settings() -> str:
    """Return the page of settings."""
    rows = [_row(setting) for setting in settings_table().values()]
    later = [f"| `{name}` | {purpose} |" for name, purpose in NOT_READ_YET.items()]
    return (
        f"{MADE}# Settings\n\n"
        "Each is a variable of the environment, or a line of the file `.env` in the folder in which Callboard is "
        "started;\nthe environment wins, and blank counts as unset. `callboard doctor` prints what is in force, where "
        "it came from and\nwhat is wrong with it. They are declared in `bot/settings/table.py`.\n\n"
        "| setting | default | what it is for |\n|---|---|---|\n" + "\n".join(rows) + "\n\n"
        "These names are kept for settings to come. In this version they have no effect, and `callboard doctor` says "
        "so where one is set.\n\n| name | will be for |\n|---|---|\n" + "\n".join(later) + "\n"
    )


def _row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default is not None else "none"
    secret = " Masked wherever it is shown." if setting.mask else ""
    return f"| `{setting.name}` | {default} | {setting.help}{secret} |".replace("<", "&lt;")


def machines() -> str:
    """Return the page of drawings."""
    text = files("bot").joinpath("dialogue", "demonstration.yaml").read_text(encoding="utf-8")
    campaign, _ = read_flow(parse_text(text))
    if campaign is None:
        raise ValueError("the demonstration campaign cannot be read")
    return (
        f"{MADE}# Machines\n\n"
        "Two kinds of machine run in Callboard, and both are values: the life cycle of an enrolment, a table in\n"
        "`flows/lifecycles.py`, and each published version of a stage campaign. `bot/engine/machine.py` turns either "
        "into a\nmachine of the library transitions, once; it says which moves are legal and changes nothing "
        "itself.\n\n"
        f"## The life cycle of an enrolment\n\n{_lifecycle(ENROLMENT)}\n"
        "A blast ends in Delivered. These moves are legal and change nothing, as news comes late and more than "
        f"once:\n\n{_standing_still(ENROLMENT)}\n"
        "## The demonstration campaign\n\n"
        "This is what `callboard flow draw bot/dialogue/demonstration.yaml` prints.\n\n"
        f"```mermaid\n{draw(campaign)}```\n"
    )


def _lifecycle(lifecycle: Lifecycle) -> str:
    lines = [f"  [*] --> {lifecycle.start}"]
    for move in lifecycle.moves:
        if move.target != STAYS:
            lines += [f"  {source} --> {move.target}: {move.name}" for source in move.sources]
    left = {source for move in lifecycle.moves if move.target != STAYS for source in move.sources}
    lines += [f"  {status} --> [*]" for status in lifecycle.statuses if status not in left]
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```\n"


def _standing_still(lifecycle: Lifecycle) -> str:
    still = [move for move in lifecycle.moves if move.target == STAYS]
    return "".join(f"- `{move.name}` in {', '.join(f'`{source}`' for source in move.sources)}\n" for move in still)


PAGES = {"settings.md": settings, "machines.md": machines}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
