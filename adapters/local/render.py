"""Cards as the page shows them; pure."""

import re
from dataclasses import asdict, replace

from adapters.local.values import CardJson
from vigil_bot.model.card import Block, Card, FactsBlock, LinksBlock, QuoteBlock, TextBlock

_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_EMPHASIS = re.compile(r"\*\*([^*\n]+)\*\*")


def card_json(card: Card) -> CardJson:
    """Return a card as the page reads it."""
    return {
        "kind": card.kind.value,
        "title": card.title,
        "blocks": [_block(block) for block in card.blocks],
        "buttons": [asdict(button) for button in card.buttons],
        "footer": card.footer,
    }


def plain_text(card: Card) -> str:
    """Return a card as plain text, for lists, for screen readers and for programs; quotations stay as they are."""
    return replace(card, blocks=tuple(map(_without_marks, card.blocks))).text


def _without_marks(block: Block) -> Block:
    if not isinstance(block, TextBlock):
        return block
    return TextBlock(markdown=_EMPHASIS.sub(r"\1", _LINK.sub(r"\1 (\2)", block.markdown)))


def _block(block: Block) -> CardJson:
    match block:
        case TextBlock():
            return {"kind": "text", "markdown": block.markdown}
        case QuoteBlock():
            return {"kind": "quote", "text": block.text}
        case FactsBlock():
            return {"kind": "facts", "facts": [{"label": label, "value": value} for label, value in block.facts]}
        case LinksBlock():
            return {"kind": "links", "links": [asdict(link) for link in block.links]}
