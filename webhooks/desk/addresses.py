"""Addresses that a browser gives us: where a form leads to when it is done, and which page is open."""

from urllib.parse import SplitResult, urlsplit

from flask import current_app, request, url_for


def inside(address: str) -> str:
    """Return an address of this site, the first page for any other."""
    try:
        host = urlsplit(address).netloc
    except ValueError:
        return url_for("desk.today")
    is_inside = address.startswith("/") and not address.startswith(("//", "/\\")) and not host and address.isprintable()
    return address if is_inside else url_for("desk.today")


def way_back() -> str:
    """Return the address of this page; of one that a form has made, the nearest above it that can be asked for."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    addresses = current_app.create_url_adapter(request)
    path = request.path
    while addresses and path.strip("/") and not addresses.test(path, "GET"):
        path = path.rpartition("/")[0]
    return path or "/"


def page_in_browser() -> SplitResult:
    """Return the address of the page from which htmx asks, an empty one where its header holds none."""
    try:
        return urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return urlsplit("")
