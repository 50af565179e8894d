"""`/message_templates`: what the provider has approved to open a conversation with, and what it has not."""

from datetime import datetime

from sqlalchemy import select

from bot.models import MessageTemplate
from bot.work import Work
from webhooks.api.operations import Call, Result
from webhooks.api.paging import PageQuery, page
from webhooks.api.texts import Shape


class TemplateShape(Shape):
    """A template as the provider last listed it; those that are `approved` can be sent."""

    name: str
    language: str
    category: str
    status: str
    rejection_reason: str
    body: str
    variables: list[str]
    samples: dict[str, str]
    buttons: list[str]
    seen_at: datetime


class TemplatePage(Shape):
    """A page of templates."""

    items: list[TemplateShape]
    next: str | None


_COLUMNS = tuple(getattr(MessageTemplate, name) for name in TemplateShape.model_fields)


def get_templates(work: Work, call: Call) -> Result:
    """List the templates, the last to become known first."""
    query: PageQuery = call.query
    rows, following = page(work, select(MessageTemplate.id, *_COLUMNS), MessageTemplate.id, query)
    items = [TemplateShape(**{name: getattr(row, name) for name in TemplateShape.model_fields}) for row in rows]
    return Result(TemplatePage(items=items, next=following))
