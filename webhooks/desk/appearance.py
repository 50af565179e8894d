"""How the pages look to one browser: light or dark, which way they run, whether single keys do something."""

from dataclasses import dataclass

from flask import redirect, request
from werkzeug.wrappers import Response

from webhooks.desk import desk, runtime
from webhooks.desk.addresses import inside

YEAR = 365 * 24 * 3600
CHOICES = {
    "theme": ("system", "light", "dark"),
    "direction": ("ltr", "rtl"),
    "keys": ("on", "off"),  # WCAG 2.1.4: keys without a modifier can be turned off
    "density": ("comfortable", "compact"),
}


@dataclass(frozen=True, slots=True)
class Appearance:
    """What is chosen, each one of `CHOICES`."""

    theme: str
    direction: str
    keys: str
    density: str


def appearance_of_browser() -> Appearance:
    """Return what this browser has chosen; the first of each where it has chosen nothing that there is."""
    chosen = {name: request.cookies.get(name, "") for name in CHOICES}
    kept = {name: chosen[name] if chosen[name] in values else values[0] for name, values in CHOICES.items()}
    return Appearance(kept["theme"], kept["direction"], kept["keys"], kept["density"])


@desk.post("/appearance")
def appearance() -> Response:
    """Keep a choice in a cookie, so that the server draws the page right at once."""
    answer = redirect(inside(request.form.get("then", "")), 303)
    for name, values in CHOICES.items():
        if (wanted := request.form.get(name, "")) in values:
            secure = runtime().settings.public_url.startswith("https://")
            answer.set_cookie(name, wanted, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    return answer


@desk.app_context_processor
def look() -> dict[str, object]:
    """Give every template what this browser has chosen."""
    return {"look": appearance_of_browser()}
