"""Addresses that a browser gives us: where a form leads to when it is done, and which page is open."""

from urllib.parse import SplitResult, urlsplit

from flask import request, url_for


def inside(address: str) -> str:
    """Return an address of this site, the first page for any other."""
    try:
        host = urlsplit(address).netloc
    except ValueError:
        return url_for("desk.today")
    is_inside = address.startswith("/") and not address.startswith(("//", "/\\")) and not host and address.isprintable()
    return address if is_inside else url_for("desk.today")


def page_in_browser() -> SplitResult:
    """Return the address of the page from which htmx asks, an empty one where its header holds none."""
    try:
        return urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return urlsplit("")
