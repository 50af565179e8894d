"""A page is answered whole, or in part where htmx asks for a part of it; files are kept as long as they are the same."""

from tests.webhooks.desk import PASSWORD, Desk, on_sqlite
from webhooks.desk.addresses import way_back
from webhooks.desk.rendering import asset

HTMX = {"HX-Request": "true"}


@on_sqlite
def test_what_htmx_asks_for_is_a_part_and_what_a_browser_asks_for_is_the_page(runtime) -> None:
    desk = Desk(runtime)
    whole = desk.client.get("/style-guide")
    assert "<!doctype html>" in whole.text
    assert whole.headers["Vary"] == "HX-Request, Cookie"


@on_sqlite
def test_who_is_logged_out_is_led_to_the_log_in_and_back_and_htmx_is_told_without_leaving_the_page(runtime) -> None:
    desk = Desk(runtime)
    old = desk.token()
    desk.post("/log-out")
    assert desk.client.get("/jobs?q=ann").location == "/log-in?then=/jobs?q%3Dann"
    for answer in (
        desk.client.get("/jobs", headers=HTMX),
        desk.client.post("/snippets", data={"csrf": old, "name": "Hi", "text": "Half written"}, headers=HTMX),
    ):
        assert (answer.status_code, "HX-Redirect" in answer.headers) == (401, False)


@on_sqlite
def test_a_form_of_an_older_log_in_is_refused_with_the_advice_to_copy_what_was_written(runtime) -> None:
    desk = Desk(runtime)
    old = desk.token()
    desk.post("/log-out")
    refused = desk.client.post("/snippets", data={"csrf": old, "name": "Hi", "text": "Half written"})
    assert refused.status_code == 400
    assert "You are logged out. Go back and copy what you wrote" in refused.text
    desk.post("/log-in", email="recruiter@example.org", password=PASSWORD)
    refused = desk.client.post("/snippets", data={"csrf": old, "name": "Hi", "text": "Half written"})
    assert refused.status_code == 400
    assert "from before the latest log-in. Go back, copy what you wrote" in refused.text


@on_sqlite
def test_a_page_that_a_form_has_made_leads_back_to_one_that_can_be_asked_for(runtime) -> None:
    desk = Desk(runtime)
    for path in ("/users/nobody/role", "/jobs/nothing/stages", "/jobs/new"):
        with desk.client.application.test_request_context(path, method="POST"):
            back = way_back()
        assert desk.client.get(back).status_code != 405
    assert back == "/jobs/new"
    with desk.client.application.test_request_context("/jobs?q=ann"):
        assert way_back() == "/jobs?q=ann"
    refused = desk.client.post("/snippets", data={"csrf": desk.token(), "name": "", "text": ""})
    assert 'name="then" value="/snippets"' in refused.text


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
