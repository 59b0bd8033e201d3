"""Cards that answer commands; pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from vigil_bot.commands.names import (
    AUDIENCES,
    CASES,
    CONFIDENCES,
    DELIVERED,
    INTENTS,
    MODE_BUTTONS,
    MODES,
    REASONS,
    STALE,
    VERDICTS,
)
from vigil_bot.commands.parse import HELP
from vigil_bot.errors import VigilError
from vigil_bot.model.card import Block, Button, Card, CardKind, FactsBlock, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.case import Case
from vigil_bot.model.decision import Considered, DecisionRecord
from vigil_bot.model.knowledge import SHOWN_FROM, Hit
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.model.suggestion import SuggestionState
from vigil_bot.proactive.calibrate import Calibration, threshold_of
from vigil_bot.proactive.calibrate_words import in_words
from vigil_bot.proactive.receipts import explained
from vigil_bot.progress.shown import length
from vigil_bot.progress.times import Times, spread
from vigil_bot.texts.text import Moment, Text, listed, plural

Facts = list[tuple[str, str]]
TOPICS_SHOWN = 5  # in the figures of a channel


def reply(title: str, *blocks: Block, footer: str = "", buttons: tuple[Button, ...] = ()) -> Card:
    """Return a card that answers a command."""
    return Card(kind=CardKind.REPLY, title=title, blocks=blocks, footer=footer, buttons=buttons)


def failed(error: VigilError) -> Card:
    """Return what somebody sees whose command went wrong."""
    return reply(Text("That did not work."), TextBlock(markdown=error.words))


def usage(commands: Mapping[str, str]) -> FactsBlock:
    """Return how commands are given, and what they do."""
    return FactsBlock(facts=tuple((Text("/vigil {usage}", usage=usage), does) for usage, does in commands.items()))


def help_card() -> Card:
    """Return the list of commands."""
    emoji = TextBlock(
        markdown=Text(
            "On my suggestions: 👍 ✅ helpful · 👎 ❌ not helpful · 🔇 mute this thread · 🗑️ withdraw."
            " On a person's message: ✅ = this solved it."
        )
    )
    return reply(Text("I read along, and speak only when a past case fits."), usage(HELP), emoji)


def why_card(record: DecisionRecord, state: SuggestionState | None) -> Card:
    """Return a receipt in words that a person understands; the state is that of its suggestion, if it became one."""
    wanted = record.decision.kind == "suggest"
    spoke = wanted and state not in (None, SuggestionState.DRAFTED, SuggestionState.DROPPED)
    signals = record.signals
    facts: Facts = [
        (Text("Decided"), Moment(record.at, exact=True)),
        (
            Text("Read as"),
            Text("{intent} ({score})", intent=INTENTS[signals.intent], score=_score(signals.intent_score)),
        ),
        (Text("Mode"), MODES[Mode(record.mode)]),
    ]
    if signals.relevance or record.considered:
        best = Text("{score}, needed {needed}", score=_score(signals.relevance), needed=_score(record.min_relevance))
        facts.append((Text("Best entry"), best))
    if record.text or signals.similarity_to_said:
        facts.append(
            (Text("Already in the thread"), Text("{share} of the draft", share=f"{signals.similarity_to_said:.0%}"))
        )
    if record.question:
        facts.append((Text("Question as I understood it"), record.question))
    facts += [(Text("Posted here today"), str(signals.posted_today))] if signals.posted_today else []
    facts += [(Text("Note"), explained(record.note))] if record.note else []
    facts += [(Text("Delivery"), DELIVERED[state])] if state else []
    facts.append((Text("Cost"), _cost(record)))
    blocks: list[Block] = [TextBlock(markdown=REASONS[record.reason]), FactsBlock(facts=tuple(facts))]
    if record.considered:
        links = (Link(title=c.title or c.entry_id, note=_considered(c, posted=spoke)) for c in record.considered)
        blocks.append(LinksBlock(links=tuple(links)))
    if record.text and (record.note or state is not SuggestionState.POSTED):
        blocks += [TextBlock(markdown=Text("What I would have said:")), QuoteBlock(text=record.text)]
    if spoke:
        return reply(Text("I suggested an answer."), *blocks)
    return reply(Text("I would have suggested an answer.") if wanted else Text("I stayed silent."), *blocks)


def _cost(record: DecisionRecord) -> str:
    parts = [
        record.reasoner,
        plural("{count} model call", "{count} model calls", count=record.model_calls),
        plural("{count} token", "{count} tokens", count=record.tokens) if record.model_calls else "",
        f"{record.cost:.4f}" if record.model_calls else "",
        Text("prompt {hash}", hash=record.prompt_hash) if record.prompt_hash else "",
        Text("{count} ms", count=f"{record.took_s * 1000:.0f}"),
    ]
    return listed(filter(None, parts))


def _considered(entry: Considered, *, posted: bool) -> str:
    quoted = Text("quoted") if posted else Text("would have been quoted")
    note = explained(entry.why_not) if entry.why_not else quoted
    return Text("{score} · {note}", score=_score(entry.score), note=note)


def _score(score: float) -> str:
    return f"{score:.2f}"


def hits_card(title: str, hits: Sequence[Hit]) -> Card:
    """Return entries found, with their scores; those that have nothing to do with it are left out."""
    hits = [hit for hit in hits if hit.score >= SHOWN_FROM]
    if not hits:
        return reply(title, TextBlock(markdown=Text("Nothing found.")))
    blocks: list[Block] = []
    for number, hit in enumerate(hits, 1):
        entry = hit.entry
        permalink = next((s.permalink for s in entry.sources if s.permalink), None)
        note = Text(
            "{score} · {confidence} · {entry}",
            score=_score(hit.score),
            confidence=STALE[entry.stale.reason] if entry.stale is not None else CONFIDENCES[entry.confidence],
            entry=f"{entry.id} v{entry.version}",
        )
        blocks.append(
            LinksBlock(links=(Link(title=f"{number}. {entry.title or entry.issue[:80]}", url=permalink, note=note),))
        )
        blocks.append(QuoteBlock(text=entry.resolution[:400]))
    return reply(title, *blocks)


def stats_card(
    records: Sequence[DecisionRecord],
    feedback: Mapping[str, int],
    cases: Sequence[Case],
    *,
    entries: int,
    times: Sequence[Times] = (),
    topics: Sequence[tuple[str, Sequence[Times]]] = (),
) -> Card:
    """Return a channel's last days in figures; of the receipts of a message, the last counts."""
    records = tuple({(record.conversation, record.message_id): record for record in records}.values())
    said = sum(record.decision.kind == "suggest" for record in records)
    reasons = Counter(record.reason for record in records if record.decision.kind != "suggest")
    states = Counter(case.state for case in cases)
    facts: Facts = [
        (Text("Messages looked at"), str(len(records))),
        (Text("Suggestions"), str(said)),
        *((Text("Silent: {reason}", reason=REASONS[reason]), str(count)) for reason, count in reasons.most_common(6)),
        *((VERDICTS[verdict], str(feedback[verdict])) for verdict in VERDICTS if feedback.get(verdict)),
        *((CASES[state], str(states[state])) for state in CASES if states[state]),
        *_durations(times),
        *(fact for topic, taken in topics[:TOPICS_SHOWN] for fact in _of_topic(topic, taken)),
        (Text("Entries known"), str(entries)),
    ]
    return reply(Text("The last seven days"), FactsBlock(facts=tuple(facts)))


def _durations(times: Sequence[Times]) -> Facts:
    """Return what is usual: the middle value, and what nine of ten do not exceed."""
    columns: list[tuple[str, list[float]]] = [
        (Text("First human answer"), [t.first_answer_s for t in times if t.first_answer_s is not None]),
        (Text("Until solved"), [t.resolution_s for t in times if t.resolution_s is not None]),
        (Text("Waited for analysts"), [t.on_analyst_s for t in times]),
        (Text("Waited for requesters"), [t.on_requester_s for t in times]),
    ]
    usual = ((label, spread(values)) for label, values in columns)
    return [(label, _usual(s.median, s.ninetieth, s.count)) for label, s in usual if s]


def _of_topic(topic: str, times: Sequence[Times]) -> Facts:
    """Return until when the cases of a topic are usually solved; of none that is solved, how long they wait for analysts."""
    solved = spread([t.resolution_s for t in times if t.resolution_s is not None])
    waited = spread([t.on_analyst_s for t in times])
    if solved is not None:
        return [
            (Text("About “{topic}”, until solved", topic=topic), _usual(solved.median, solved.ninetieth, solved.count))
        ]
    if waited is None:
        return []
    label = Text("About “{topic}”, waited for analysts", topic=topic)
    return [(label, _usual(waited.median, waited.ninetieth, waited.count))]


def _usual(median: float, ninetieth: float, count: int) -> str:
    return plural(
        "{median} (nine of ten: {ninetieth}), {count} case",
        "{median} (nine of ten: {ninetieth}), {count} cases",
        count=count,
        median=length(median),
        ninetieth=length(ninetieth),
    )


def settings_card(channel: str, policy: Policy, calibration: Calibration) -> Card:
    """Return the rules of a channel."""
    right = Text(
        "{share} of the time, sure to {confidence}",
        share=f"{policy.target_precision:.0%}",
        confidence=f"{policy.confidence:.0%}",
    )
    facts = (
        (Text("Channel"), channel),
        (Text("Mode"), MODES[policy.mode]),
        (Text("Needed score"), _score(threshold_of(policy, calibration))),
        (Text("Meant to be right"), right),
        (Text("Quiet time before I look"), _seconds(policy.settle_s)),
        (Text("At most a day"), str(policy.max_per_day)),
        (Text("At most a thread"), str(policy.max_per_thread)),
        (Text("Cooldown"), _seconds(policy.cooldown_s)),
        (Text("Learns from solved cases"), Text("yes") if policy.learn else Text("no")),
        (Text("Seen by"), AUDIENCES[policy.audience]),
    )
    modes = tuple(
        Button(action="command", label=label, value=f"mode {mode.value}")
        for mode, label in MODE_BUTTONS.items()
        if mode is not policy.mode
    )
    footer = Text("`/vigil mode …` and `/vigil mute …` change them here.")
    evidence = TextBlock(markdown=in_words(calibration))
    return reply(Text("Settings"), FactsBlock(facts=facts), evidence, footer=footer, buttons=modes)


def _seconds(count: float) -> str:
    return Text("{count} s", count=f"{count:g}")
