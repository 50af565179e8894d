"""Makes templates at Twilio and asks for their approval by WhatsApp (https://www.twilio.com/docs/content).

Nothing is repeated here: whoever calls looks at Twilio's list before a second attempt.
"""

from typing import Any

from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.content.v1.content import ContentList  # type: ignore[import-untyped]
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList  # type: ignore[import-untyped]

from bot.channels.base import OutcomeUnknown
from bot.channels.twilio_errors import ODD, is_missing, refusal
from bot.channels.twilio_lookups import SID, TwilioLookups
from flows.template_rules import TemplateText


class TwilioTemplates(TwilioLookups):
    """The part of `MessageSender` that keeps templates."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._contents = client.content.v1.contents

    def create_template(self, template: TemplateText) -> str:
        """Have a template kept, not yet approved, and return its id. Raises as `send`."""
        what = f"template {template.name} ({template.language})"
        try:
            created = self._contents.create(ContentList.ContentCreateRequest(template_request(template)))
            sid = created.sid
        except TwilioException as error:
            raise refusal(error, what) from None
        except ODD as error:
            raise OutcomeUnknown(f"Twilio's answer about {what} cannot be read: {type(error).__name__}") from None
        if not isinstance(sid, str) or not SID.fullmatch(sid):
            raise OutcomeUnknown(f"Twilio's answer about {what} holds no sid")
        return sid

    def request_approval(self, content_sid: str, name: str, category: str) -> None:
        """Ask WhatsApp to approve a template. Raises as `send`."""
        request = ApprovalCreateList.ContentApprovalRequest({"name": name, "category": category})
        try:
            self._contents(content_sid).approval_create.create(request)
        except TwilioException as error:
            raise refusal(error, f"the approval of {name}") from None
        except ODD as error:
            raise OutcomeUnknown(f"Twilio's answer about {name} cannot be read: {type(error).__name__}") from None

    def delete_template(self, content_sid: str) -> None:
        """Delete a template; one that is gone already is fine. Raises as `send`."""
        try:
            self._contents(content_sid).delete()
        except TwilioException as error:
            if not is_missing(error):
                raise refusal(error, f"the deletion of {content_sid}") from None


def template_request(template: TemplateText) -> dict[str, Any]:
    """Describe the resource for a template; a plain text stands beside its buttons for channels without."""
    types: dict[str, Any] = {"twilio/text": {"body": template.body}}
    if template.buttons:
        actions = [
            {"type": "QUICK_REPLY", "title": label.strip(), "id": f"button_{number}"}
            for number, label in enumerate(template.buttons, start=1)
        ]
        types["twilio/quick-reply"] = {"body": template.body, "actions": actions}
    return {
        "friendly_name": template.name,
        "language": template.language,
        "variables": {name: template.samples.get(name, "") for name in template.variables},
        "types": types,
    }
