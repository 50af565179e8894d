"""Collect: named documents that the candidate is asked to send."""

from dataclasses import dataclass
from typing import Literal

DocumentKind = Literal["image", "pdf", "office", "video", "audio"]
DOCUMENT_KINDS: tuple[DocumentKind, ...] = ("image", "pdf", "office", "video", "audio")


@dataclass(frozen=True, slots=True)
class Document:
    """One document wanted: between *min* and *max* files of these kinds."""

    key: str
    label: str
    kinds: tuple[DocumentKind, ...] = ("image", "pdf")
    min: int = 1
    max: int = 1
    max_mb: int = 10
    required: bool = True
    help: str = ""
    example: str = ""
    expires: bool = False


@dataclass(frozen=True, slots=True)
class Collect:
    """The documents of one module, asked for one by one."""

    key: str
    documents: tuple[Document, ...]

    @property
    def waits_for_nothing(self) -> bool:
        return False
