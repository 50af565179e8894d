"""`callboard flow …`: the table of what can be done with campaigns as files."""

from webhooks.lazy_commands import CommandPlace, LazyGroup

flow = LazyGroup(
    "Stage campaigns as files.",
    {
        "check": CommandPlace(
            "webhooks.flow_checking:check_command", "Report what is wrong with a campaign, a finding a line."
        ),
        "play": CommandPlace("webhooks.flow_playing:play_command", "Hold the conversation in the terminal."),
        "rehearse": CommandPlace("webhooks.flow_rehearsing:rehearse_command", "Replay written conversations."),
        "draw": CommandPlace("webhooks.flow_checking:draw_command", "Draw the machine of a campaign, as Mermaid."),
        "stages": CommandPlace(
            "webhooks.flow_publishing:stages_command", "List the stages that have a campaign, with their ids."
        ),
        "publish": CommandPlace(
            "webhooks.flow_publishing:publish_command",
            "Put a campaign file into a stage, as its draft and as its next version.",
        ),
        "export": CommandPlace("webhooks.flow_publishing:export_command", "Print the campaign of a stage as YAML."),
    },
    name="flow",
)
