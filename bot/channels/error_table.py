"""What the providers' error codes mean, as data: one row for codes that share a meaning.

The words are our own, the meanings those of https://www.twilio.com/docs/api/errors/<code>. Codes that begin
with `callboard_` are ours, for messages that never left; `http_` stands for an answer without a code.
"""

from datetime import timedelta
from enum import StrEnum


class Category(StrEnum):
    """What kind of trouble it is, hence who can do something about it."""

    ADDRESS = "address"  # the number is no good, on this channel or at all
    CHANNEL = "channel"  # the person cannot be reached on this channel, perhaps on another
    WINDOW = "window"  # WhatsApp: more than 24 hours since the candidate wrote
    MESSAGE = "message"  # this text, attachment or template cannot be sent
    CONFIGURATION = "configuration"  # an administrator must act
    RETRY = "retry"  # passing trouble: send a new message later
    WAIT = "wait"  # a limit that lifts with time
    OPTED_OUT = "opted_out"  # the candidate asked us to stop
    BLOCKED = "blocked"  # the candidate blocked us, or must not be contacted
    NOT_ALLOWED = "not_allowed"  # our own rules forbid it
    UNKNOWN = "unknown"  # nobody knows whether it went, or what the code means


A, C, W, M, F = Category.ADDRESS, Category.CHANNEL, Category.WINDOW, Category.MESSAGE, Category.CONFIGURATION
R, T, O, B, N, U = (  # noqa: E741  one letter a column keeps a row on its lines
    Category.RETRY,
    Category.WAIT,
    Category.OPTED_OUT,
    Category.BLOCKED,
    Category.NOT_ALLOWED,
    Category.UNKNOWN,
)

ADMIN = "Ask an administrator to look at the channel's settings."
CREDENTIALS = "Ask an administrator to correct TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN."
SENDER = "Ask an administrator to correct TWILIO_WHATSAPP_FROM or TWILIO_SMS_FROM."
COUNTRY = "Correct the country of the job, or ask for it to be added to CALLBOARD_COUNTRIES."
OTHER_SENDER = "Ask an administrator for a number that reaches it, then send again."
REGISTER = "Ask an administrator to register it, then send again."
TEMPLATE = "Ask for their consent to SMS, or add a template and send the stage again."
BY_ITSELF = "Nothing to do: it is tried again by itself."
BY_PHONE = "Check the number with the candidate, or write by e-mail."

# codes, category, what happened, what to do
ROWS: tuple[tuple[str, Category, str, str], ...] = (
    ("20003 http_401 http_403", F, "The messaging account did not accept our credentials.", CREDENTIALS),
    ("20404 http_404", M, "The provider no longer knows this message.", "Send it again if it matters."),
    ("20429 30001", R, "Too many messages at once; the provider held this one back.", BY_ITSELF),
    ("20500 20503", U, "The provider had a fault; perhaps it was sent.", "Wait: we are asking it."),
    ("21211", A, "The phone number is not valid.", "Correct the candidate's number and send again."),
    ("21212", F, "Our sending number is not valid.", SENDER),
    ("21606", F, "Our sending number cannot reach this destination.", OTHER_SENDER),
    ("21659", F, "Our sending number is not in the account, or not of this country.", SENDER),
    ("21408", F, "Texts to this country are switched off.", "Ask an administrator to switch the country on."),
    ("21608 21219", F, "A trial account only writes to verified numbers.", "Verify the number, or upgrade."),
    ("21610", O, "The candidate has opted out of texts.", "Do not write by SMS until they send START."),
    ("21611", R, "The queue of our sending number is full.", BY_ITSELF),
    ("21612", A, "This number cannot be reached by text from ours.", BY_PHONE),
    ("21614 21635", A, "This is not a mobile number.", "Ask the candidate for a mobile number."),
    ("21617", M, "The text is over 1,600 characters.", "Shorten it."),
    ("21620", M, "The address of the attachment is not valid.", "Attach the file again."),
    ("21623", M, "There are too many attachments.", "Send at most ten."),
    ("21655", M, "The template does not exist at the provider.", "Choose another template."),
    ("21656", M, "The template's fields were not filled as it wants.", "Check the fields of the template."),
    ("21703 21704 21705", F, "The messaging service has no number that can send.", ADMIN),
    ("30002", F, "The messaging account is suspended.", "Ask an administrator to contact the provider."),
    ("30003", R, "The phone was off or out of reach.", BY_ITSELF),
    ("30004", A, "The phone or its carrier does not accept our texts.", BY_PHONE),
    ("30005", A, "This number does not seem to exist.", BY_PHONE),
    ("30006", A, "This number cannot receive texts; it may be a landline.", "Ask for a mobile number."),
    ("30007", M, "The carrier took this text for spam and dropped it.", "Reword it, without short links."),
    ("30008", R, "It was not delivered, and the carrier gave no reason.", BY_ITSELF),
    ("30011", M, "Attachments cannot be sent to this number by SMS.", "The link goes as text instead."),
    ("30017 30410", R, "The carrier's network was congested.", BY_ITSELF),
    ("30019 11751", M, "The attachment is too large for the carrier.", "Send a smaller file, or a link."),
    ("30022", R, "We wrote faster than the carrier allows.", BY_ITSELF),
    ("30023 30027", T, "Our number has used up what the carrier allows in a day.", "It continues tomorrow."),
    ("30032", F, "Our toll-free number is not verified yet.", ADMIN),
    ("30034", F, "Our number is not registered for texts in the United States.", REGISTER),
    ("30036", R, "It waited too long and expired unsent.", "Send it again if it still matters."),
    ("30047 30610", T, "Texts are not permitted at this hour over there.", "It goes out later."),
    ("30450", F, "The provider suspects fraud and blocked this number.", "Ask an administrator to clear it."),
    ("30640", B, "This person is on a list of people who must not be texted.", "Do not write by SMS."),
    ("35115", M, "The time of sending is too near or too far off.", "Choose another time."),
    ("63003 63024", C, "This number is not on WhatsApp.", "Write by SMS, or ask for another number."),
    ("63005", M, "WhatsApp does not accept this kind of content.", "Change the message."),
    ("63007 63008", F, "Our WhatsApp number is not set up.", ADMIN),
    ("63009 63010 63012", R, "WhatsApp or its provider had a fault.", BY_ITSELF),
    ("63013", M, "WhatsApp says that this message breaks its rules.", "Change the message or the template."),
    ("63014 63033", B, "The candidate has blocked us on WhatsApp.", "Do not write; they can write to you."),
    ("63015", F, "This is a test number: the candidate must join it first.", "Have them send the join word."),
    ("63016", W, "More than 24 hours have passed since the candidate wrote.", "Use an approved template."),
    ("63017", R, "The account sent faster than its limit.", BY_ITSELF),
    ("63018", T, "We have reached WhatsApp's limit of people for a day.", "It continues within a day."),
    ("63019", M, "WhatsApp could not fetch the attachment.", "Attach the file again."),
    ("63020", F, "WhatsApp's business account needs attention.", ADMIN),
    ("63021", M, "WhatsApp refused the text, perhaps for its length.", "Shorten it."),
    ("63026", F, "WhatsApp flagged our messages as spam.", "Stop the campaign and ask an administrator."),
    ("63027", M, "The template does not exist in this language.", "Add the language to the template."),
    ("63028", M, "The template has another number of fields.", "Check the fields of the template."),
    ("63029", R, "The phone had not loaded the template yet.", BY_ITSELF),
    ("63030 63031", M, "The message could not be put together.", "Report this to an administrator."),
    ("63032", C, "WhatsApp does not let us reach this person for now.", "Write by SMS, or wait some days."),
    ("63034", M, "The attachment is too large for WhatsApp.", "Send a smaller file."),
    ("63036", C, "This person cannot be reached by RCS.", "Write by SMS."),
    ("63037", R, "WhatsApp was slow to take the attachment.", "Nothing to do: the provider tries again."),
    ("63038 60728", T, "The account has used up its messages for now.", "It continues by itself."),
    ("63040", F, "WhatsApp rejected this template.", "Change it under a new name and submit it again."),
    ("63041", F, "WhatsApp has paused this template.", "Wait, or use another template."),
    ("63042", F, "WhatsApp has disabled this template for good.", "Use another template."),
    ("63049", C, "WhatsApp held this promotion back from this person.", "Write by SMS, or wait some days."),
    ("63051", F, "WhatsApp refused this message, with code 63051.", ADMIN),
    ("63119", R, "WhatsApp is being asked about templates too often.", BY_ITSELF),
    ("11200 11205 12100 12200 12300", F, "The provider could not reach Callboard.", ADMIN),
    ("callboard_country_not_allowed", N, "Messages to this country are not allowed here.", COUNTRY),
    ("callboard_spending_cap", T, "The limit of messages for today is reached.", "It continues tomorrow."),
    ("callboard_no_consent", N, "The candidate has not agreed to this channel.", "Ask them, and record it."),
    ("callboard_opted_out", O, "The candidate asked us to stop.", "Wait until they write START, or call."),
    ("callboard_no_address", A, "We have no number for the candidate here.", "Add the candidate's number."),
    ("callboard_no_template", W, "WhatsApp takes only an approved template now, and there is none.", TEMPLATE),
    ("callboard_no_channel", F, "No channel is connected that could send this.", SENDER),
    ("callboard_unsendable", M, "This message cannot be sent as it is.", "Change it, or ask an administrator."),
    ("callboard_provider_cancelled", U, "The provider cancelled this message.", "Send it again, or call."),
    ("callboard_unconfirmed", U, "Nobody can tell whether this was sent.", "Ask the candidate, then decide."),
)  # fmt: skip

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# How long after each failure a new message may follow; codes of the category that are not listed use "".
RETRIES: dict[str, tuple[timedelta, ...]] = {
    "": (15 * MINUTE, HOUR, 4 * HOUR),
    "20429": (MINUTE, 5 * MINUTE, 30 * MINUTE),
    "21611": (5 * MINUTE, 15 * MINUTE, HOUR),
    "30001": (5 * MINUTE, 15 * MINUTE, HOUR),
    "30003": (HOUR, 4 * HOUR, 12 * HOUR),
    "30008": (30 * MINUTE, 4 * HOUR),
    "30022": (5 * MINUTE, 15 * MINUTE, HOUR),
    "30036": (15 * MINUTE,),
    "63017": (MINUTE, 5 * MINUTE, 30 * MINUTE),
    "63029": (15 * MINUTE,),
    "63037": (),  # a warning: the provider tries again by itself
}
STOPS = (15 * MINUTE, HOUR, 4 * HOUR, 16 * HOUR, DAY, DAY, DAY)
"""The sender itself is stopped: an administrator may need a weekend."""
WAITS: dict[str, tuple[timedelta, ...]] = {
    "": (DAY, 2 * DAY),
    "60728": (HOUR, 2 * HOUR, 6 * HOUR),
    "30047": (10 * HOUR, 12 * HOUR),
    "30610": (10 * HOUR, 12 * HOUR),
}
