"""What each kind of module does outside the chat, and which kinds can run."""

RUNNABLE = frozenset(
    {
        "content",
        "questions",
        *(
            "text",
            "long_text",
            "number",
            "date",
            "choice",
            "choices",
            "yes_no",
            "true_false",
            "email",
            "phone",
        ),
        *("rating", "location"),
    }
)
"""Kinds of module and types of question that a published campaign may hold. Others are read and checked only."""
