"""How many segments a text takes as SMS: GSM 03.38 with its extension table, else UCS-2 (3GPP TS 23.038)."""

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE = frozenset("^{}\\[~]|€")


def segments_of(text: str) -> int:
    """Return the number of segments; an empty text takes one."""
    if all(character in GSM or character in GSM_DOUBLE for character in text):
        length = sum(2 if character in GSM_DOUBLE else 1 for character in text)
        return 1 if length <= 160 else -(-length // 153)
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= 70 else -(-length // 67)
