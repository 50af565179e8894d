"""The command line: the one table of its commands. Each is imported when it runs."""

import sys

import click

from bot.errors import BotError
from webhooks.lazy_commands import CommandPlace, LazyGroup

callboard = LazyGroup(
    "Stage campaigns over WhatsApp and SMS.",
    {
        "up": CommandPlace(
            "webhooks.up_command:up_command",
            "Run everything on this machine: web, workers and clock, on embedded stores unless told otherwise.",
        ),
        "serve": CommandPlace("webhooks.process_commands:serve_command", "Run the web server alone."),
        "worker": CommandPlace("webhooks.process_commands:worker_command", "Run a worker of one queue."),
        "clock": CommandPlace("webhooks.process_commands:clock_command", "Run the clock, which wakes what falls due."),
        "db": LazyGroup(
            "The database.",
            {
                "upgrade": CommandPlace(
                    "webhooks.database_commands:upgrade_command",
                    "Bring the schema up to date, and our channels with it.",
                ),
            },
        ),
        "doctor": CommandPlace(
            "webhooks.doctor_command:doctor_command",
            "Print every setting, where it came from, and what is wrong with it.",
        ),
        "flow": CommandPlace("webhooks.flow_commands:flow", "Stage campaigns as files."),
        "templates": CommandPlace(
            "webhooks.template_command:templates_command",
            "List Twilio's templates with their approval, as they were last read.",
        ),
        "keys": LazyGroup(
            "Keys of the REST API.",
            {
                "create": CommandPlace(
                    "webhooks.key_commands:create_key_command", "Make a key and print it, alone on the last line."
                ),
                "list": CommandPlace(
                    "webhooks.key_commands:list_keys_command",
                    "List the keys: what each may do, and when it was last used.",
                ),
                "rotate": CommandPlace(
                    "webhooks.key_commands:rotate_key_command",
                    "Make a key in the place of another and print it, alone on the last line.",
                ),
                "revoke": CommandPlace(
                    "webhooks.key_commands:revoke_key_command",
                    "Revoke a key, by its id or its name: it is refused from the next request on.",
                ),
            },
        ),
        "users": LazyGroup(
            "People who may log in.",
            {
                "create": CommandPlace("webhooks.user_commands:create_user_command", "Make a user."),
                "list": CommandPlace(
                    "webhooks.user_commands:list_users_command", "List the users: their roles, and who is disabled."
                ),
                "set-role": CommandPlace(
                    "webhooks.user_commands:set_role_command", "Give a user another role, for which they log in anew."
                ),
                "set-password": CommandPlace(
                    "webhooks.user_commands:set_password_command",
                    "Give a user another password; who is logged in with the old one is logged out.",
                ),
                "disable": CommandPlace(
                    "webhooks.user_commands:disable_user_command",
                    "Log a user out and refuse their log-in; nothing of theirs is deleted.",
                ),
                "enable": CommandPlace(
                    "webhooks.user_commands:enable_user_command",
                    "Let a disabled user log in again, with the role and the password that they had.",
                ),
                "remove-second-factor": CommandPlace(
                    "webhooks.user_commands:remove_second_factor_command",
                    "Ask a user for no code any more, as their phone is lost; they are logged out everywhere.",
                ),
            },
        ),
    },
    name="callboard",
)


def main() -> None:
    """Run the command; an error of ours is told in a line."""
    try:
        callboard(standalone_mode=True)
    except BotError as error:
        click.echo(f"callboard: {error}", err=True)
        sys.exit(1)
