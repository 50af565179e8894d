"""Content: texts and media, each block its own message, strictly in order."""

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["text", "image", "video", "document"]


@dataclass(frozen=True, slots=True)
class Block:
    """One message: a text, or a medium at *url* with an optional caption."""

    kind: BlockKind
    text: str = ""  # the text, or the caption of a medium
    url: str = ""
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """Blocks that are sent one after the other; nothing is asked."""

    key: str
    blocks: tuple[Block, ...]

    @property
    def waits_for_nothing(self) -> bool:
        return True
