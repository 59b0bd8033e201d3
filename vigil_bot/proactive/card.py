"""How a suggestion looks; pure."""

from vigil_bot.model.card import Block, Button, ButtonStyle, Card, CardKind, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.suggestion import Suggestion

MAX_SUGGESTION_CHARS = 600


def suggestion_card(suggestion: Suggestion, *, language: str = "en", unread: int = 0) -> Card:
    """Return the card of a suggestion: the words of the entry as a quotation, its sources, and a row of buttons.

    Args:
        unread: How many files or images beside the question nobody could read.
    """
    words = _WORDS.get(language, _WORDS["en"])
    sources = tuple(
        Link(title=c.title, url=c.permalink, note=f"{c.entry_id} v{c.version}") for c in suggestion.citations
    )
    blocks: tuple[Block, ...] = (QuoteBlock(text=suggestion.text), LinksBlock(links=sources))
    send = (Button(action="send", label=words["send"], value=suggestion.id, style=ButtonStyle.PRIMARY),)
    return Card(
        kind=CardKind.SUGGESTION,
        title=words["title"],
        blocks=blocks,
        buttons=(
            *(send if suggestion.private else ()),
            Button(action="solved", label=words["solved"], value=suggestion.id, style=ButtonStyle.PRIMARY),
            Button(action="helpful", label=words["helpful"], value=suggestion.id),
            Button(action="not_helpful", label=words["not_helpful"], value=suggestion.id),
            Button(action="mute", label=words["mute"], value=suggestion.id),
        ),
        footer=f"{words['unread'].format(count=unread)} {words['footer']}" if unread else words["footer"],
    )


def withdrawn_card(*, language: str = "en") -> Card:
    """Return what is left of a suggestion that was taken back."""
    words = _WORDS.get(language, _WORDS["en"])
    return Card(kind=CardKind.NOTICE, title=words["withdrawn"], blocks=())


def nudge_card(text: str) -> Card:
    """Return a quiet reminder."""
    return Card(kind=CardKind.NOTICE, title=text, blocks=())


def notice(title: str, *lines: str) -> Card:
    """Return a short notice."""
    return Card(kind=CardKind.NOTICE, title=title, blocks=tuple(TextBlock(markdown=line) for line in lines))


_WORDS = {
    "en": {
        "title": "This was solved before",
        "solved": "This solved it",
        "helpful": "Helpful",
        "not_helpful": "Not helpful",
        "mute": "Mute here",
        "send": "Send to thread",
        "footer": "From past cases. Please check before you run it.",
        "unread": "I could not read the attachments ({count}).",
        "withdrawn": "Suggestion withdrawn.",
    },
    "zh": {
        "title": "以前解决过类似问题",
        "solved": "已解决",
        "helpful": "有帮助",
        "not_helpful": "没帮助",
        "mute": "本话题静音",
        "send": "发送到话题",
        "footer": "来自以往案例，执行前请先确认。",
        "unread": "附件（{count} 个）我无法读取。",
        "withdrawn": "建议已撤回。",
    },
}
