"""Everything that touches the outside, in one value. Tests pass one made of fakes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event

from bot.adapters.mail import MailTransport, mail_transport
from bot.channels import build_senders
from bot.channels.base import MessageSender
from bot.clock import Clock, SystemClock
from bot.contents import StoredContents
from bot.db import Database, open_database
from bot.engine import CompiledFlow
from bot.queue import TaskQueue, task_queue
from bot.settings import Settings
from bot.subscribers import Subscribers
from bot.tallies import Tallies


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a process works with; shared by its threads."""

    settings: Settings
    clock: Clock
    database: Database
    queue: TaskQueue
    senders: Mapping[str, MessageSender]
    """By the name of the provider that a channel has."""
    flows: dict[int, CompiledFlow] = field(default_factory=dict, repr=False)
    """Published versions by id, compiled; they never change, so they are kept."""
    tallies: Tallies = field(default_factory=Tallies, repr=False)
    """What is counted for the metrics."""
    subscribers: Subscribers = field(default_factory=Subscribers, repr=False)
    """Who is told of what happens, as last read."""
    mail: MailTransport | None = field(default=None, repr=False)
    """The way out for mails; none where they stay in the local mailbox."""
    stopping: Event = field(default_factory=Event, repr=False)
    """Set when the process is to end; long loops look at it."""


def build(settings: Settings, stopping: Event | None = None) -> Runtime:
    """Build the runtime of a real process, which is to end when *stopping* is set; nothing is connected yet."""
    clock = SystemClock()
    database = open_database(settings.database_url, sqlite_synchronous=settings.sqlite_synchronous)
    return Runtime(
        settings=settings,
        clock=clock,
        database=database,
        queue=task_queue(settings.redis_url),
        senders=build_senders(settings, StoredContents(database, clock)),
        tallies=Tallies(database),
        mail=mail_transport(settings),
        stopping=stopping or Event(),
    )
