"""What errors say, for people."""

from bot.errors import BotError


def sentence(error: BotError) -> str:
    """Return what an error says, as a sentence."""
    said = str(error).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."
