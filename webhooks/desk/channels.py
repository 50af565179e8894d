"""Our channels: how each does, what waits, and the address that Twilio has to call."""

from flask import Response

from bot.insight.channel_health import Health, look_at_channels
from bot.work import reading
from webhooks.desk import desk, runtime
from webhooks.desk.live import follow
from webhooks.desk.rendering import page

LOOKS = {
    Health.WORKING: "good", Health.UNTRIED: "calm", Health.FAILING: "bad", Health.PAUSED: "wait", Health.OFF: "calm",
}  # fmt: skip
NAMES = {"whatsapp": "WhatsApp", "sms": "SMS"}
PROVIDERS = {"twilio": "Twilio", "sandbox": "Sandbox phone"}


@desk.get("/channels")
def channels() -> Response:
    """Show the channels; what is asked for again every 15 seconds is `part=list`."""
    with reading(runtime()) as work:
        follow(work, "templates")
        found = look_at_channels(work)
        now = work.now
    return page("channels/list.html", part="list", found=found, looks=LOOKS, names=NAMES, providers=PROVIDERS, now=now)
