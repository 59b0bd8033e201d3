"""What people see of linked reports: the notice to analysts, and what solved it elsewhere; pure."""

from collections.abc import Sequence

from vigil_bot.model.card import Block, Button, Card, CardKind, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.cluster import Cluster, Report
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.progress.shown import quoted
from vigil_bot.redact import redact
from vigil_bot.texts.text import Moment, Text, plural

MAX_NAMED = 10
_QUOTE_CHARS = 200
_SOLUTION_CHARS = 600


def notice_card(cluster: Cluster, reports: Sequence[Report], *, words: bool) -> Card:
    """Return what analysts are told: how many threads report one fault, and which.

    Args:
        reports: The first of them.
        words: Whether those who read it may read what was said there.
    """
    if not cluster.threads:
        return Card(kind=CardKind.NOTICE, title=Text("These threads are linked otherwise now"), blocks=())
    blocks: list[Block] = [TextBlock(markdown=Text("Since {at}.", at=Moment(cluster.opened_at)))]
    if words and reports:
        blocks.append(QuoteBlock(text=redact(quoted(reports[0].text, _QUOTE_CHARS))))
    named = [_link(number, report) for number, report in enumerate(reports[:MAX_NAMED], 1)]
    blocks.append(LinksBlock(links=tuple(named)))
    if cluster.threads > len(named):
        blocks.append(TextBlock(markdown=Text("{count} more", count=cluster.threads - len(named))))
    solved = cluster.solution is not None
    title = Text("Solved: {what}", what=_count(cluster)) if solved else _count(cluster)
    split = Button(action="split", label=Text("Not the same problem"), value=cluster.id)
    return Card(kind=CardKind.NOTICE, title=title, blocks=tuple(blocks), buttons=() if solved else (split,))


def solution_card(text: str, source: str | None, *, note: bool) -> Card:
    """Return what solved the same problem in another thread, in the words of who solved it.

    Args:
        source: The address of the message, if it may be named here.
        note: Whether it is an analyst's note on the case.
    """
    title = Text("Note on the case") if note else Text("The answer there")
    return Card(
        kind=CardKind.NOTICE,
        title=Text("The same problem was solved in another thread"),
        blocks=(
            QuoteBlock(text=redact(text[:_SOLUTION_CHARS])),
            LinksBlock(links=(Link(title=title, url=source),)),
        ),
        footer=Text("Linked because the reports are alike. If it is not the same, say so in this thread."),
    )


def _count(cluster: Cluster) -> Text:
    return plural(
        "{count} thread reports this problem", "{count} threads report the same problem", count=cluster.threads
    )


def _link(number: int, report: Report) -> Link:
    channel = ConversationRef.from_key(report.conversation).channel_id
    return Link(title=Text("Thread {number}", number=number), url=report.permalink, note=channel)
