"""Who may open what: one table, endpoint by role, compared with the routes when the application is made.

An endpoint without an entry stops the program, as does an entry without an endpoint. That a hiring manager sees their
own jobs alone is asked where the rows are read (`webhooks/desk/sight.py`); what is here is asked before any view.
"""

from collections.abc import Mapping

from flask import Flask

from bot.models import Role

Roles = frozenset[Role] | None

ANYONE: Roles = None
"""Also who is not logged in."""
ALL: frozenset[Role] = frozenset(Role)
WRITERS: frozenset[Role] = frozenset({Role.ADMIN, Role.RECRUITER})
"""Who talks to candidates, and changes jobs and campaigns."""
JUDGES: frozenset[Role] = frozenset({Role.ADMIN, Role.RECRUITER, Role.HIRING_MANAGER})
"""Who moves, notes and rates, each in the jobs that they see."""
SEERS: frozenset[Role] = frozenset({Role.ADMIN, Role.RECRUITER, Role.VIEWER})
"""Who sees all jobs."""
ADMINS: frozenset[Role] = frozenset({Role.ADMIN})

DESK = "desk."
ACCESS: Mapping[str, Roles] = {
    "log_in": ANYONE,
    "try_log_in": ANYONE,
    "log_out": ALL,
    "appearance": ANYONE,
    "style_guide": ALL,
    "events": ALL,
    "jobs": ALL,
    "today": ALL,
    "job": ALL,
    "job_column": ALL,
    "job_cards": ALL,
    "move": JUDGES,
    "plan": WRITERS,
    "begin_bulk": JUDGES,
    "undo": JUDGES,
    "bulk": ALL,
    "bulk_failures": WRITERS,
    "change_bulk": WRITERS,
    "retry_bulk": WRITERS,
    "release": WRITERS,
    "keep_view": ALL,
    "forget_view": ALL,
    "export": WRITERS,
    "job_new": WRITERS,
    "job_create": WRITERS,
    "job_settings": WRITERS,
    "job_save": WRITERS,
    "job_state": WRITERS,
    "job_put_state": WRITERS,
    "job_keep_as_template": WRITERS,
    "job_deleting": WRITERS,
    "job_delete": WRITERS,
    "job_stage_add": WRITERS,
    "job_stages_order": WRITERS,
    "job_stage_shift": WRITERS,
    "job_stage": WRITERS,
    "job_stage_save": WRITERS,
    "job_stage_removing": WRITERS,
    "job_stage_remove": WRITERS,
    "templates": SEERS,
    "templates_sync": WRITERS,
    "templates_ready": WRITERS,
    "templates_submit_ready": WRITERS,
    "template_new": WRITERS,
    "template_write": WRITERS,
    "template_edit": WRITERS,
    "template_rewrite": WRITERS,
    "template_check": WRITERS,
    "template_submit": WRITERS,
    "template_deleting": WRITERS,
    "template_delete": WRITERS,
    "channels": SEERS,
    "add_person": WRITERS,
    "look_up_number": WRITERS,
    "save_person": WRITERS,
    "tables": WRITERS,
    "upload_table": WRITERS,
    "table_page": WRITERS,
    "table_failures": WRITERS,
    "describe_table": WRITERS,
    "put_rows_right": WRITERS,
    "decide_table": WRITERS,
    "steer_table": WRITERS,
    "duplicates": WRITERS,
    "duplicate": WRITERS,
    "settle_duplicate": WRITERS,
    "settle": WRITERS,
    "sandbox": SEERS,
    "write": WRITERS,
    "again": WRITERS,
    "newcomer": WRITERS,
    "ask_code": ANYONE,
    "try_code": ANYONE,
    "forgotten": ANYONE,
    "ask_reset": ANYONE,
    "reset_asked": ANYONE,
    "invitation": ANYONE,
    "accept": ANYONE,
    "new_password": ANYONE,
    "reset": ANYONE,
    "account": ALL,
    "change_password": ALL,
    "end_device": ALL,
    "end_other_devices": ALL,
    "begin_factor": ALL,
    "factor": ALL,
    "confirm_factor": ALL,
    "renew_codes": ALL,
    "remove_factor": ALL,
    "settings": SEERS,
    "users": ADMINS,
    "invite_user": ADMINS,
    "user": ADMINS,
    "change_role": ADMINS,
    "disable": ADMINS,
    "enable": ADMINS,
    "log_user_out": ADMINS,
    "remove_factor_of": ADMINS,
    "invite_user_again": ADMINS,
    "audit_log": ADMINS,
    "mailbox": ADMINS,
    "mail": ADMINS,
    "mail_html": ADMINS,
    "api_keys": ADMINS,
    "add_api_key": ADMINS,
    "api_key": ADMINS,
    "rotate_api_key": ADMINS,
    "revoke_api_key": ADMINS,
    "webhook_endpoints": ADMINS,
    "new_webhook_endpoint": ADMINS,
    "add_webhook_endpoint": ADMINS,
    "webhook_endpoint": ADMINS,
    "edit_webhook_endpoint": ADMINS,
    "change_webhook_endpoint": ADMINS,
    "switch_webhook_endpoint": ADMINS,
    "rotate_webhook_secret": ADMINS,
    "delete_webhook_endpoint": ADMINS,
    "ping_webhook_endpoint": ADMINS,
    "replay_missed_webhooks": ADMINS,
    "webhook_delivery": ADMINS,
    "replay_webhook": ADMINS,
    "stage": ALL,
    "save_draft": WRITERS,
    "keep_mine": WRITERS,
    "look_at_publishing": WRITERS,
    "publish_draft": WRITERS,
    "versions": ALL,
    "version": ALL,
    "take_version": WRITERS,
    "export_draft": ALL,
    "import_draft": WRITERS,
    "look_at_import": WRITERS,
    "simulator": ALL,
    "act_in_simulator": ALL,
    "begin_again": ALL,
    "take_back": ALL,
    "save_transcript": ALL,
    "open_transcript": ALL,
    "inbox": SEERS,
    "inbox_count": SEERS,
    "conversation": SEERS,
    "conversation_part": ALL,
    "thread": ALL,
    "composer_of": ALL,
    "hold_conversation": WRITERS,
    "hand_back_conversation": WRITERS,
    "set_aside": WRITERS,
    "assign_conversation": WRITERS,
    "write_message": WRITERS,
    "cancel_scheduled": WRITERS,
    "send_again": WRITERS,
    "settle_message": WRITERS,
    "be_there": WRITERS,
    "add_note": JUDGES,
    "delete_note": JUDGES,
    "restore_note": JUDGES,
    "snippets": WRITERS,
    "keep_snippet": WRITERS,
    "drop_snippet": WRITERS,
    "application": ALL,
    "withdraw_application": WRITERS,
    "archive_application": WRITERS,
    "reopen": WRITERS,
    "release_enrolment": WRITERS,
    "note_application": JUDGES,
    "delete_application_note": JUDGES,
    "restore_application_note": JUDGES,
    "rate_application": JUDGES,
    "tag_application": JUDGES,
}


class AccessNotDecided(RuntimeError):
    """A page has no entry in the table, or an entry no page."""


def roles_of(endpoint: str) -> Roles:
    """Return who may open an endpoint of the pages. Raises `KeyError` for one that is not in the table."""
    return ACCESS[endpoint.removeprefix(DESK)]


def check_table(app: Flask) -> None:
    """Raise `AccessNotDecided` unless the table has exactly the pages of *app*."""
    pages = {rule.endpoint.removeprefix(DESK) for rule in app.url_map.iter_rules() if rule.endpoint.startswith(DESK)}
    if open_to_whom := sorted(pages - ACCESS.keys()):
        raise AccessNotDecided(f"webhooks/desk/access.py does not say who may open {', '.join(open_to_whom)}")
    if gone := sorted(ACCESS.keys() - pages):
        raise AccessNotDecided(f"webhooks/desk/access.py names pages that are not there: {', '.join(gone)}")
