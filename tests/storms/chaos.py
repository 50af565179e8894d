"""What goes wrong during a storm: processes die, Redis is emptied, the database crashes, the provider fails."""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests import postgres
from tests.storms.installation import Installation
from tests.storms.services import RedisServer, Twilio

WORKERS = ("messages", "more_messages", "sweeps", "clock")
AWAY = 2.0  # seconds that a service is away before it is started again

CALLBACKS = {"callback_delay": 0.4, "shuffle": True, "repeat": 0.2, "repeat_within": 5.0, "read": 0.3}
FAULTS = [
    {"kind": "slow", "share": 0.08, "seconds": 1.5},
    {"kind": "hang", "share": 0.02, "seconds": 12.0},  # longer than we wait for an answer
    {"kind": "500_after", "share": 0.04},
    {"kind": "reset_after", "share": 0.02},
    {"kind": "garbage", "share": 0.02},
    {"kind": "429", "share": 0.03, "seconds": 1.0},
    {"kind": "reset_before", "share": 0.02, "times": 4},
    {"kind": "500_before", "share": 0.02, "times": 4},
]


@dataclass
class Chaos:
    """Does what is due at each moment of a storm, counted in seconds from its beginning."""

    installation: Installation
    redis: RedisServer
    database: postgres.Server | None
    chance: random.Random
    seconds: float
    every: float = 1.0  # seconds between two workers that die
    done: Counter[str] = field(default_factory=Counter)
    _due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next_kill = self.every
        self._due += [(10.0 * n - 0.5, self._kill_web) for n in range(1, int(self.seconds / 10) + 1)]
        self._due += [(self.seconds * 0.2, self._flush_redis), (self.seconds * 0.4, self._kill_redis)]
        self._due += [(self.seconds * 0.4 + AWAY, self.redis.start)]
        if self.database is not None:
            self._due += [(self.seconds * 0.6, self._crash_database)]
            self._due += [(self.seconds * 0.6 + AWAY, self.database.start)]
        self._due.sort(key=lambda entry: entry[0])

    def act(self, moment: float) -> None:
        """Do what has fallen due, and start again what has ended."""
        while self._due and self._due[0][0] <= moment:
            self._due.pop(0)[1]()
        if moment >= self._next_kill:
            self._next_kill += self.every
            self._kill_worker()
        self.installation.restart_what_ended()

    def _kill_worker(self) -> None:
        """Kill one that works, but never the last: where processes start slowly nothing would happen any more."""
        working = [name for name in WORKERS if self.installation.works(name)]
        if len(working) > 1:
            self.installation.processes[self.chance.choice(working)].kill()
            self.done["workers_killed"] += 1

    def _kill_web(self) -> None:
        """Kill one of the web server's processes, every other time all of them."""
        web = self.installation.processes["web"]
        children = web.children()
        if self.done["web_killed"] % 2 == 0 and children:
            with suppress(ProcessLookupError):
                os.kill(self.chance.choice(children), signal.SIGKILL)
        else:
            web.kill()
        self.done["web_killed"] += 1

    def _flush_redis(self) -> None:
        self.redis.flush()
        self.done["redis_flushed"] += 1

    def _kill_redis(self) -> None:
        self.redis.kill()
        self.done["redis_killed"] += 1

    def _crash_database(self) -> None:
        assert self.database is not None
        self.database.stop_at_once()
        self.done["database_crashed"] += 1


def make_provider_bad(twilio: Twilio) -> None:
    """Let it be late, repeat itself, forget to answer, and fail."""
    twilio.control(**CALLBACKS, answer_delay=0.1, faults=FAULTS)


def make_provider_good(twilio: Twilio) -> None:
    """Let it behave."""
    twilio.control(faults=[], callback_delay=0.05, shuffle=False, repeat=0.0, answer_delay=0.0)
