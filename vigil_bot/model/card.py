"""What we show, platform-neutral; each adapter renders it within its platform's limits."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    """A paragraph in a small Markdown: **bold**, _italic_, `code`, fences, [links](url), lists. Never pings."""

    markdown: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteBlock:
    """Words that somebody else wrote, shown as such and never interpreted."""

    text: str
    kind: Literal["quote"] = "quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsBlock:
    """Short label/value pairs."""

    facts: tuple[tuple[str, str], ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A source: url is None where the platform has no address for it."""

    title: str
    url: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksBlock:
    """Sources, in the order of their numbers."""

    links: tuple[Link, ...]
    kind: Literal["links"] = "links"


Block = TextBlock | QuoteBlock | FactsBlock | LinksBlock


class ButtonStyle(StrEnum):
    """How much a button stands out."""

    DEFAULT = "default"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Pressing it gives an ActionInvoked with this action and value."""

    action: str
    label: str
    value: str = ""
    style: ButtonStyle = ButtonStyle.DEFAULT


class CardKind(StrEnum):
    """What a card is, so that a platform may give it a look of its own."""

    SUGGESTION = "suggestion"
    STATUS = "status"
    REPLY = "reply"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Something to show: a title line, blocks, a row of buttons, small print."""

    kind: CardKind
    title: str
    blocks: tuple[Block, ...] = ()
    buttons: tuple[Button, ...] = ()
    footer: str = ""

    @property
    def text(self) -> str:
        """The whole card as plain text, for notifications and for places without cards."""
        lines = [self.title, *(line for block in self.blocks for line in _lines(block)), self.footer]
        return "\n".join(line for line in lines if line)


def _lines(block: Block) -> list[str]:
    match block:
        case TextBlock():
            return [block.markdown]
        case QuoteBlock():
            return [block.text]
        case FactsBlock():
            return [f"{label}: {value}" for label, value in block.facts]
        case LinksBlock():
            return [f"{link.title} {link.url or ''} {link.note}".strip() for link in block.links]
