"""When somebody who has gone quiet is reminded. Sending the reminder is a sweep's work."""

from datetime import datetime

from flows.flow import Flow


def when_to_remind(flow: Flow, sent: int, quiet_since: datetime, last_at: datetime | None) -> datetime | None:
    """Return when the next reminder is due, whatever the contact hours; None if there is none.

    A delay counts from the moment the candidate went quiet. One that is not longer than the delay before it
    counts from the reminder before it, sent at *last_at*.
    """
    if sent >= len(flow.reminders):
        return None
    after = flow.reminders[sent].after
    if sent and last_at is not None and after <= flow.reminders[sent - 1].after:
        return last_at + after
    return quiet_since + after
