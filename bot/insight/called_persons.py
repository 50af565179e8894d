"""What a person is needed for in a conversation, in words."""

from bot.messaging import thread

_NEEDED = {
    thread.ASKED: "Asked for a person",
    thread.ASKED_BEFORE: "Asked for a person, before the campaign that runs now",
    thread.NOT_UNDERSTOOD: "Was not understood",
    thread.NOT_DELIVERED: "Did not get a message of ours",
    thread.NOT_HANDLED: "Wrote something that could not be handled",
    thread.WROTE_AFTER_STOP: "Wrote after saying STOP",
    thread.CAME_BACK: "Came back after STOP: move them or send again what STOP ended",
    thread.WROTE: "Wrote outside any campaign",
    thread.UNCONFIRMED: "May not have got a message of ours",
}


def needed_for(code: str | None) -> str:
    """Say what a person is needed for; empty where none is."""
    return _NEEDED.get(code, "Needs a person") if code else ""
