"""All pages: importing this file gives the blueprint its views."""

from webhooks.desk import (
    appearance,
    auth,
    choosing,
    desk,
    doubts,
    errors,
    jobs,
    live,
    navigation,
    rendering,
    sandbox,
    style_guide,
)

__all__ = [
    "appearance",
    "auth",
    "choosing",
    "desk",
    "doubts",
    "errors",
    "jobs",
    "live",
    "navigation",
    "rendering",
    "sandbox",
    "style_guide",
]
