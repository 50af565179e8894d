"""Commands that are imported when they run, so that asking for help does not wait for the database's libraries."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True, slots=True)
class CommandPlace:
    """Where a command is defined, and what a list of commands says of it: the first sentence of its own help."""

    place: str  # module:function
    says: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, function = self.place.partition(":")
        command: click.Command = getattr(import_module(module), function)
        return command


class LazyGroup(click.Group):
    """A group that knows of its commands only their names and places until one of them is wanted."""

    def __init__(self, says: str, places: "Mapping[str, CommandPlace | LazyGroup]", *, name: str | None = None) -> None:
        super().__init__(name, help=says, no_args_is_help=True)
        self.says = says
        self.places = places

    def load(self) -> click.Command:
        """Return the group itself: it is here already."""
        return self

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Name the commands in the order of their table."""
        return list(self.places)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is none of that name."""
        place = self.places.get(cmd_name)
        return place.load() if place else None

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by what their table says of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.says) for name, place in self.places.items()])
