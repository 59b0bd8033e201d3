"""Our fixed texts name commands as they are typed elsewhere; on Lark they follow a mention. Pure."""

import re
from dataclasses import replace

from vigil_bot.model.card import Block, Card, FactsBlock, TextBlock

BOT = "@Vigil"  # as the guide names the app
_COMMAND = re.compile(r"(?<![^\s`(（“])/vigil(?= \S)")


def with_mentions(card: Card) -> Card:
    """Return a card that names commands as people write them on Lark; what somebody else said stays as it was."""
    blocks = tuple(map(_block, card.blocks))
    return replace(card, title=_text(card.title), blocks=blocks, footer=_text(card.footer))


def _block(block: Block) -> Block:
    match block:
        case TextBlock():
            return TextBlock(markdown=_text(block.markdown))
        case FactsBlock():
            return FactsBlock(facts=tuple((_text(label), value) for label, value in block.facts))
        case _:
            return block


def _text(words: str) -> str:
    return _COMMAND.sub(BOT, words)
