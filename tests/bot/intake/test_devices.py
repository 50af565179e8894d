"""What is told of a device."""

import pytest

from bot.intake.devices import device_of

MOZILLA = "Mozilla/5.0"
SEEN = {
    f"{MOZILLA} (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Windows",
    f"{MOZILLA} (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36": "Chrome on Linux",
    f"{MOZILLA} (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge on Windows",
    f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15": "Safari on macOS",
    f"{MOZILLA} (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
    f"{MOZILLA} (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36": "Samsung Internet on Android",
    "curl/8.5.0": "Unknown browser",
    "": "Unknown browser",
    "<script>alert(1)</script> Firefox/1": "Firefox",
}


@pytest.mark.parametrize(("user_agent", "device"), SEEN.items(), ids=SEEN.values())
def test_browser_and_system_are_told_in_our_words_alone(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device
