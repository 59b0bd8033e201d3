"""How a suggestion looks; pure."""

from vigil_bot.model.card import Block, Button, ButtonStyle, Card, CardKind, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.suggestion import Citation, Suggestion
from vigil_bot.texts.text import Moment, Text, plural, sentences

MAX_SUGGESTION_CHARS = 600
_CHECKED = Text("From past cases. Please check before you run it.")
_UNCHECKED = Text("From a past case that nobody has confirmed yet. Please check it well before you run it.")


def suggestion_card(suggestion: Suggestion, *, unread: int = 0) -> Card:
    """Return the card of a suggestion: the words of the entry as a quotation, its sources, and a row of buttons.

    Args:
        unread: How many files or images beside the question nobody could read.
    """
    sources = tuple(Link(title=c.title, url=c.permalink, note=_note(c)) for c in suggestion.citations)
    blocks: tuple[Block, ...] = (QuoteBlock(text=suggestion.text), LinksBlock(links=sources))
    checked = _UNCHECKED if suggestion.provisional else _CHECKED
    unseen = plural("I could not read the attachment.", "I could not read the {count} attachments.", count=unread)
    send = (Button(action="send", label=Text("Send to thread"), value=suggestion.id, style=ButtonStyle.PRIMARY),)
    return Card(
        kind=CardKind.SUGGESTION,
        title=Text("This was solved before"),
        blocks=blocks,
        buttons=(
            *(send if suggestion.private else ()),
            Button(action="solved", label=Text("This solved it"), value=suggestion.id, style=ButtonStyle.PRIMARY),
            Button(action="helpful", label=Text("Helpful"), value=suggestion.id),
            Button(action="not_helpful", label=Text("Not helpful"), value=suggestion.id),
            Button(action="mute", label=Text("Mute here"), value=suggestion.id),
        ),
        footer=sentences((unseen, checked)) if unread else checked,
    )


def _note(citation: Citation) -> str:
    name = f"{citation.entry_id} v{citation.version}"
    return Text("{entry}, last right {at}", entry=name, at=Moment(citation.right_at)) if citation.right_at else name


def withdrawn_card() -> Card:
    """Return what is left of a suggestion that was taken back."""
    return Card(kind=CardKind.NOTICE, title=Text("Suggestion withdrawn."))


def notice(title: str, *lines: str) -> Card:
    """Return a short notice."""
    return Card(kind=CardKind.NOTICE, title=title, blocks=tuple(TextBlock(markdown=line) for line in lines))
