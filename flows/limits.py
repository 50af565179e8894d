"""The limits of channels, and of what one campaign may hold. Sources: Twilio's Content and Message documentation."""

BODY = 1600  # characters of a message's body (error 21617 beyond)
INTERACTIVE_BODY = 1024  # body above buttons, a list, or an approved template after substitution (63021)
BUTTONS = 3  # quick replies in a session without approval
BUTTON_LABEL = 20
LIST_ITEMS = 10
LIST_LABEL = 24
OPTION_ID = 200

KEY = 64  # characters of a key
MODULES = 50
QUESTIONS = 200  # in one campaign
BLOCKS = 20  # in one content module
OPTIONS = 50
OPTION = 200  # characters of an option's text
REMINDERS = 3
TEXT = 4096  # characters of a template text before substitution
CAPTION = 1024
TRIES = 10
SEGMENT_WARNING = 4  # segments of SMS beyond which a text is worth a warning
