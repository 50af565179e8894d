"""Whole numbers written out in words, in the usual spellings of each language; written apart from the reader."""

from collections.abc import Callable

EN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
EN_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
ES = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
ES_TENS = ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
ES_HUNDREDS = [
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
]
PT = ["zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze", "doze", "treze"]
PT_TEENS = {
    "br": ["quatorze", "quinze", "dezesseis", "dezessete", "dezoito", "dezenove"],
    "pt": ["catorze", "quinze", "dezasseis", "dezassete", "dezoito", "dezanove"],
}
PT_TENS = ["vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta", "noventa"]
PT_HUNDREDS = [
    "cento",
    "duzentos",
    "trezentos",
    "quatrocentos",
    "quinhentos",
    "seiscentos",
    "setecentos",
    "oitocentos",
    "novecentos",
]
FR = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
FR_TENS = ["vingt", "trente", "quarante", "cinquante", "soixante"]
DE = ["null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"]
DE_TEENS = ["dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"]
DE_TENS = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
NL = [
    "nul",
    "een",
    "twee",
    "drie",
    "vier",
    "vijf",
    "zes",
    "zeven",
    "acht",
    "negen",
    "tien",
    "elf",
    "twaalf",
    "dertien",
    "veertien",
    "vijftien",
    "zestien",
    "zeventien",
    "achttien",
    "negentien",
]
NL_TENS = ["twintig", "dertig", "veertig", "vijftig", "zestig", "zeventig", "tachtig", "negentig"]
AR_M = ["صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"]
AR_F = ["صفر", "واحدة", "اثنتان", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر"]
AR_TENS = ["عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون"]
AR_TENS_OBLIQUE = ["عشرين", "ثلاثين", "أربعين", "خمسين", "ستين", "سبعين", "ثمانين", "تسعين"]
AR_HUNDREDS = {
    "new": ["مئة", "مئتان", "ثلاثمئة", "أربعمئة", "خمسمئة", "ستمئة", "سبعمئة", "ثمانمئة", "تسعمئة"],
    "old": ["مائة", "مائتين", "ثلاثمائة", "أربعمائة", "خمسمائة", "ستمائة", "سبعمائة", "ثمانمائة", "تسعمائة"],
}


def english(n: int, joint: str = "-", conjunction: str = " and ") -> str:
    if n < 20:
        return EN[n]
    if n < 100:
        return EN_TENS[n // 10 - 2] + (joint + EN[n % 10] if n % 10 else "")
    if n < 1000:
        rest = conjunction + english(n % 100, joint, conjunction) if n % 100 else ""
        return EN[n // 100] + " hundred" + rest
    rest = n % 1000
    tail = (conjunction if 0 < rest < 100 else " ") + english(rest, joint, conjunction) if rest else ""
    return english(n // 1000, joint, conjunction) + " thousand" + tail


def spanish(n: int, *, short: bool = False, apart: bool = False) -> str:
    if n < 30:
        if apart and n > 20:
            return "veinte y " + ES[n - 20]
        return {1: "un", 21: "veintiún"}.get(n, ES[n]) if short else ES[n]
    if n < 100:
        ones = n % 10
        return ES_TENS[n // 10 - 3] + (f" y {spanish(ones, short=short)}" if ones else "")
    if n < 1000:
        rest = spanish(n % 100, short=short, apart=apart) if n % 100 else ""
        return "cien" if n == 100 else f"{ES_HUNDREDS[n // 100 - 1]} {rest}".strip()
    head = "" if n < 2000 else spanish(n // 1000, short=True, apart=apart) + " "
    return f"{head}mil" + (f" {spanish(n % 1000, short=short, apart=apart)}" if n % 1000 else "")


def portuguese(n: int, kind: str = "br", *, joined: bool = False) -> str:
    if n < 20:
        return PT[n] if n < 14 else PT_TEENS[kind][n - 14]
    if n < 100:
        return PT_TENS[n // 10 - 2] + (f" e {PT[n % 10]}" if n % 10 else "")
    if n < 1000:
        rest = f" e {portuguese(n % 100, kind)}" if n % 100 else ""
        return "cem" if n == 100 else PT_HUNDREDS[n // 100 - 1] + rest
    head = "" if n < 2000 else portuguese(n // 1000, kind) + " "
    rest = n % 1000
    link = " e " if joined or rest < 100 or rest % 100 == 0 else " "
    return f"{head}mil" + (link + portuguese(rest, kind) if rest else "")


def french(n: int, joint: str = "-", *, swiss: bool = False) -> str:
    if n < 100:
        return _french_small(n, swiss=swiss).replace("-", joint)
    if n < 1000:
        head = "cent" if n < 200 else f"{FR[n // 100]} cent" + ("s" if n % 100 == 0 else "")
        return head + (f" {french(n % 100, joint, swiss=swiss)}" if n % 100 else "")
    head = "" if n < 2000 else _bare(french(n // 1000, joint, swiss=swiss)) + " "
    return f"{head}mille" + (f" {french(n % 1000, joint, swiss=swiss)}" if n % 1000 else "")


def _bare(text: str) -> str:
    return text[:-1] if text.endswith(("cents", "vingts")) else text


def _french_small(n: int, *, swiss: bool) -> str:
    if n < 20:
        return FR[n]
    if n < 70 or swiss:
        tens = [*FR_TENS, "septante", "huitante", "nonante"][n // 10 - 2]
        return tens + {0: "", 1: " et un"}.get(n % 10, f"-{FR[n % 10]}")
    if n < 80:
        return "soixante et onze" if n == 71 else f"soixante-{FR[n - 60]}"
    return "quatre-vingts" if n == 80 else f"quatre-vingt-{FR[n - 80]}"


def german(n: int, *, last: bool = True, joint: str = "") -> str:
    if n < 20:
        return "eins" if n == 1 and last else [*DE, *DE_TEENS][n]
    if n < 100:
        ones = f"{DE[n % 10]}und" if n % 10 else ""
        return ones + DE_TENS[n // 10 - 2]
    size, name = (100, "hundert") if n < 1000 else (1000, "tausend")
    rest = joint + german(n % size, joint=joint) if n % size else ""
    return german(n // size, last=False, joint=joint) + name + rest


def dutch(n: int, *, apart: bool = False) -> str:
    if n < 20:
        return NL[n]
    if n < 100:
        ones = NL[n % 10]
        link = " en " if apart else ("ën" if ones.endswith("e") else "en")
        return (ones + link if n % 10 else "") + NL_TENS[n // 10 - 2]
    size, name, space = (100, "honderd", "") if n < 1000 else (1000, "duizend", " ")
    head = "" if n < 2 * size else dutch(n // size, apart=apart)
    rest = (" " if apart else space) + dutch(n % size, apart=apart) if n % size else ""
    return head + (" " if apart and head else "") + name + rest


def arabic(n: int, *, feminine: bool = False, oblique: bool = False) -> str:
    ones, tens = AR_F if feminine else AR_M, AR_TENS_OBLIQUE if oblique else AR_TENS
    if n < 11:
        return ones[n]
    if n < 20:
        first = {11: "إحدى" if feminine else "أحد", 12: "اثنتا" if feminine else "اثنا"}.get(n, ones[n - 10])
        return f"{first} {'عشرة' if feminine else 'عشر'}"
    if n < 100:
        return (f"{ones[n % 10]} و" if n % 10 else "") + tens[n // 10 - 2]
    if n < 1000:
        head = AR_HUNDREDS["old" if oblique else "new"][n // 100 - 1]
    else:
        head = _arabic_thousands(n // 1000, oblique=oblique)
    rest = n % 100 if n < 1000 else n % 1000
    return head + (f" و{arabic(rest, feminine=feminine, oblique=oblique)}" if rest else "")


def _arabic_thousands(n: int, *, oblique: bool) -> str:
    if n == 1:
        return "ألف"
    if n == 2:
        return "ألفين" if oblique else "ألفان"
    return f"{arabic(n, oblique=oblique)} {'آلاف' if n <= 10 else 'ألف'}"


SPELLINGS: dict[str, tuple[Callable[[int], str], ...]] = {
    "en": (
        english,
        lambda n: english(n, " "),
        lambda n: english(n, "", " "),
        lambda n: english(n).upper(),
    ),
    "es": (spanish, lambda n: spanish(n, short=True), lambda n: spanish(n, apart=True)),
    "pt": (portuguese, lambda n: portuguese(n, "pt"), lambda n: portuguese(n, joined=True)),
    "fr": (french, lambda n: french(n, " "), lambda n: french(n, swiss=True), lambda n: french(n, " ", swiss=True)),
    "de": (german, lambda n: german(n).replace("ß", "ss").replace("ü", "ue").replace("ö", "oe")),
    "nl": (dutch, lambda n: dutch(n).replace("ë", "e"), lambda n: dutch(n, apart=True)),
    "ar": (
        arabic,
        lambda n: arabic(n, feminine=True),
        lambda n: arabic(n, oblique=True),
        lambda n: arabic(n).replace("أ", "ا").replace("إ", "ا").replace("ة", "ه"),
    ),
}
