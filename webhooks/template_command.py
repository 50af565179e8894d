"""`callboard templates`: which templates there are to choose from, and which the provider has approved."""

from datetime import datetime

import click
from sqlalchemy import select

from bot.models import MessageTemplate
from bot.work import reading
from webhooks.ready import installation
from webhooks.tabulated import moment_cell, tabulated

HEAD = ("NAME", "LANGUAGE", "CATEGORY", "STATUS", "READ", "WHY REJECTED")


@click.command("templates")
def templates_command() -> None:
    """List Twilio's templates with their approval, as they were last read. Times are in UTC."""
    columns = ("name", "language", "category", "status", "seen_at", "rejection_reason")
    with installation() as runtime, reading(runtime) as work:
        found = work.connection.execute(
            select(*(getattr(MessageTemplate, name) for name in columns)).order_by(
                MessageTemplate.name, MessageTemplate.language
            )
        ).all()
    if not found:
        click.echo(
            "No templates are known. With Twilio connected they are read at start and every five minutes; "
            "the sandbox phone needs none."
        )
        return
    for line in tabulated(HEAD, (_cells(*row) for row in found)):
        click.echo(line)


def _cells(name: str, language: str, category: str, status: str, seen_at: datetime, reason: str) -> tuple[str, ...]:
    return (name, language, category or "–", status, moment_cell(seen_at), reason)
