"""The errors that Callboard raises on purpose; messages say what was being done and to which id."""


class BotError(Exception):
    """Root of all errors that are ours."""


class InvalidEvent(BotError):
    """Something that arrived from outside cannot be read; `field` names the part at fault."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotFound(BotError):
    """There is no such thing, or the caller may not see it."""


class Conflict(BotError):
    """The request is well formed but clashes with what is already there."""


class NotAllowed(BotError):
    """The caller lacks the right."""


class IllegalMove(BotError):
    """A life cycle has no such move from the status at hand."""


class SettingsError(BotError):
    """A setting is missing or wrong; the message names it and the remedy."""
