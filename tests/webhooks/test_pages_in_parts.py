"""A page is answered whole, or in part where htmx asks for a part of it; files are kept as long as they are the same."""

from tests.webhooks.desk import Desk, on_sqlite
from webhooks.desk.rendering import asset

HTMX = {"HX-Request": "true"}


@on_sqlite
def test_what_htmx_asks_for_is_a_part_and_what_a_browser_asks_for_is_the_page(runtime) -> None:
    desk = Desk(runtime)
    whole = desk.client.get("/style-guide")
    assert "<!doctype html>" in whole.text
    assert whole.headers["Vary"] == "HX-Request, Cookie"


@on_sqlite
def test_who_is_logged_out_is_led_to_the_log_in_and_back_also_where_htmx_asks(runtime) -> None:
    desk = Desk(runtime)
    desk.post("/log-out")
    answer = desk.client.get("/jobs", headers={**HTMX, "HX-Current-URL": "http://localhost/jobs?q=ann"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/log-in?then=/jobs?q%3Dann"


@on_sqlite
def test_a_file_whose_address_names_its_content_is_kept_for_good(runtime) -> None:
    desk = Desk(runtime)
    with desk.client.application.test_request_context():
        address = asset("css/base.css")
    with desk.client.get(address) as kept, desk.client.get("/static/css/base.css") as asked_for_again:
        assert "immutable" in kept.headers["Cache-Control"]
        assert "immutable" not in asked_for_again.headers["Cache-Control"]


@on_sqlite
def test_how_the_pages_look_is_kept_by_the_browser_and_nonsense_is_not(runtime) -> None:
    desk = Desk(runtime)
    desk.post("/appearance", theme="dark", direction="rtl", keys="off", density="tiny", then="/style-guide")
    page = desk.page("/style-guide")
    assert '<html lang="en" dir="rtl" data-theme="dark" data-density="comfortable" data-keys="off">' in page
    assert desk.post("/appearance", then="https://elsewhere.example/").headers["Location"] == "/"
