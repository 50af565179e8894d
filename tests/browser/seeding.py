"""An installation in which something of everything has happened: who applied, what failed, what was asked for."""

import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any

HOSTILE = ("<script>alert('x')</script>", "\u202eevil \"quoted\" & 'co'", "W" * 60)
QUESTIONS = {
    "callboard": 1,
    "name": "Screening <b>",
    "language": "en",
    "reminders": [{"after": "P1D", "text": "Still interested?"}],
    "welcome": {"text": "Hi {{ candidate.first_name }}, shall we start?"},
    "modules": [
        {"key": "hello", "type": "content", "blocks": [{"text": "Two questions."}]},
        {
            "key": "basics",
            "type": "questions",
            "questions": [
                {"key": "licence", "type": "yes_no", "text": "Do you hold a driving licence?"},
                {"key": "shift", "type": "choice", "text": "Which shift suits you?", "options": ["Morning", "Night"]},
            ],
        },
    ],
    "rules": [{"after": "licence", "if": {"is": "no"}, "go_to": "conclusion"}],
    "conclusion": {"text": "Thank you, {{ candidate.first_name }}."},
}
SORRY = {**QUESTIONS, "name": "Sorry", "welcome": {"text": "We chose somebody else."}, "modules": [], "rules": []}
del SORRY["conclusion"], SORRY["reminders"]
STAGES = [
    {"name": "New", "type": "review"},
    {"name": "Screening", "type": "form", "campaign": QUESTIONS},
    {"name": "Assessment", "type": "assessment", "campaign": QUESTIONS, "publish": False},
    {"name": "Rejected", "type": "reject", "campaign": SORRY},
]
JOB = {"title": "Night shift & <em>more</em>", "reference": "WH-7", "language": "en", "time_zone": "Europe/Lisbon",
       "default_country": "US", "stages": STAGES}  # fmt: skip
TABLE = "First name\tLast name\tPhone\nAda\tByron\t+14155550901\nGrace\t\tnot a number\nAda\tByron\t+14155550901"


@dataclass(slots=True)
class Clerk:
    """Somebody who fills in forms without a browser."""

    base: str
    _opener: Any = field(
        default_factory=lambda: urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    )

    def get(self, path: str) -> str:
        with self._opener.open(self.base + path, timeout=20) as answer:
            return str(answer.read().decode(errors="replace"))

    def status(self, path: str) -> int:
        """Return with which status a page is answered."""
        try:
            with self._opener.open(self.base + path, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def post(self, path: str, *, page: str = "/style-guide", **form: Any) -> str:
        """Post a form, with the token of *page*; return the address where it leads."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.get(page))
        assert token
        body = urllib.parse.urlencode({"csrf": token[1], **form}, doseq=True).encode()
        with self._opener.open(self.base + path, body, timeout=20) as answer:
            return str(answer.url)

    def log_in(self, password: str) -> None:
        self.post("/log-in", page="/log-in", email="admin@example.org", password=password)


def seed(site: Any) -> dict[str, str]:
    """Let it all happen; return what a test needs to know: ids by name."""
    job = site.post("/jobs", JOB)
    stages = {stage["name"]: stage["id"] for stage in job["stages"]}
    people = [_apply(site, job["id"], stages["Screening" if n % 3 else "New"], n) for n in range(12)]
    for n, name in enumerate(HOSTILE):
        _apply(site, job["id"], stages["Screening"], 20 + n, name=name)
    clerk = Clerk(site.base)
    clerk.log_in(site.password)
    talker = people[1]["candidate"]
    for text in ("sure", "yes", "what do you mean?", "person please"):
        clerk.post("/sandbox", candidate=talker, phone="whatsapp", text=text)
    clerk.post("/sandbox", candidate=people[2]["candidate"], phone="whatsapp", text="sure")
    clerk.post("/sandbox", candidate=people[2]["candidate"], phone="whatsapp", text="no")
    clerk.post("/sandbox", candidate=people[4]["candidate"], phone="sms", text="STOP")
    clerk.post("/users", email="new@example.org", name="Noa <b>", role="viewer")
    clerk.post(f"/jobs/{job['id']}/import", pasted=TABLE)
    clerk.post(
        f"/jobs/{job['id']}/bulk", kind="move", move_to=stages["Rejected"], application=[p["id"] for p in people[5:9]]
    )
    clerk.post("/settings/keys", name="A key <i>", scopes="read", lasts="90")
    site.post("/webhook_endpoints", {"url": "https://hooks.example.org/callboard", "events": ["application.created"]})
    clerk.post("/snippets", name="Thanks", text="Thank you, {{ candidate.first_name }}!", shared="yes")
    return {"job": job["id"], "application": people[1]["id"], "talker": talker, **stages}


def _apply(site: Any, job: str, stage: str, number: int, name: str = "Ana") -> Any:
    person = {"first_name": name, "last_name": f"Silva {number}", "phone": f"+1415555{1100 + number}"}
    return site.post("/applications", {"job": job, "stage": stage, "candidate": {**person, "email": "ana@example.org"}})
