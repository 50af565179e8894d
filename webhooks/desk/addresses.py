"""Where a form leads to when it is done: an address of this site, whatever it was given."""

from urllib.parse import urlsplit

from flask import url_for


def inside(address: str) -> str:
    """Return an address of this site, the first page for any other."""
    try:
        host = urlsplit(address).netloc
    except ValueError:
        return url_for("desk.today")
    is_inside = address.startswith("/") and not address.startswith(("//", "/\\")) and not host and address.isprintable()
    return address if is_inside else url_for("desk.today")
