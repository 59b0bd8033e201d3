"""Cards that answer commands; pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from vigil_bot.commands.parse import HELP
from vigil_bot.model.card import Block, Button, Card, CardKind, FactsBlock, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.case import Case
from vigil_bot.model.decision import DecisionRecord, Reason
from vigil_bot.model.knowledge import Hit
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.proactive.calibrate import Calibration, threshold_of
from vigil_bot.proactive.calibrate_words import in_words
from vigil_bot.progress.shown import length
from vigil_bot.progress.times import Times, spread

REASONS: dict[Reason, str] = {
    Reason.MODE_OFF: "I am off in this channel.",
    Reason.OWN_MESSAGE: "I wrote it myself.",
    Reason.BOT_MESSAGE: "A bot wrote it, and I do not read that bot here.",
    Reason.DELETED: "It was deleted.",
    Reason.MUTED: "I am muted here.",
    Reason.TOO_LATE: "It is too long ago to be answered; I only learn from it.",
    Reason.NOT_A_REQUEST: "It does not ask for help with something.",
    Reason.MERGED: "I read it together with the message after it.",
    Reason.ANALYST_ASKING: "An analyst asks the requester something; that is not for me.",
    Reason.RESOLVED: "The case is solved.",
    Reason.ANSWERED_BY_PERSON: "A person is already dealing with it.",
    Reason.QUIET_HOURS: "These are quiet hours.",
    Reason.COOLDOWN: "I spoke in this channel a moment ago.",
    Reason.DAILY_LIMIT: "I have said as much today as I may in this channel.",
    Reason.THREAD_LIMIT: "I have said as much as I may in this thread.",
    Reason.NOTHING_FOUND: "I know nothing about it.",
    Reason.BELOW_THRESHOLD: "What I know is not near enough to be worth an interruption.",
    Reason.NOT_GROUNDED: "What I found does not answer it.",
    Reason.ALREADY_SAID: "It has been said in this thread.",
    Reason.SHADOW: "I am in shadow mode: I decide and record, but do not post.",
    Reason.USEFUL: "A past case fits well enough.",
}


def reply(title: str, *blocks: Block, footer: str = "", buttons: tuple[Button, ...] = ()) -> Card:
    """Return a card that answers a command."""
    return Card(kind=CardKind.REPLY, title=title, blocks=blocks, footer=footer, buttons=buttons)


def when(at: float) -> str:
    """Return a time as a person reads it; UTC, and says so."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def help_card() -> Card:
    """Return the list of commands."""
    facts = FactsBlock(facts=tuple((f"/vigil {usage}", meaning) for usage, meaning in HELP.items()))
    emoji = TextBlock(
        markdown="On my suggestions: 👍 ✅ helpful · 👎 ❌ not helpful · 🔇 mute this thread · 🗑️ withdraw. "
        "On a person's message: ✅ = this solved it."
    )
    return reply("I read along, and speak only when a past case fits.", facts, emoji)


def why_card(record: DecisionRecord, delivery: str) -> Card:
    """Return a receipt in words that a person understands."""
    spoke = record.decision.kind == "suggest"
    signals = record.signals
    facts = [
        ("Decided", when(record.at)),
        ("Read as", f"{signals.intent.value.replace('_', ' ')} ({signals.intent_score:.2f})"),
        ("Mode", record.mode),
    ]
    if signals.relevance or record.considered:
        facts.append(("Best entry", f"{signals.relevance:.2f}, needed {record.min_relevance:.2f}"))
    if record.considered:
        facts.append(("Already in the thread", f"{signals.similarity_to_said:.0%} of the draft"))
    if record.question:
        facts.append(("Question as I understood it", record.question))
    facts += [("Posted here today", str(signals.posted_today))] if signals.posted_today else []
    facts += [("Note", record.note)] if record.note else []
    facts += [("Delivery", delivery)] if delivery else []
    facts.append(("Cost", _cost(record)))
    blocks: list[Block] = [TextBlock(markdown=REASONS[record.reason]), FactsBlock(facts=tuple(facts))]
    if record.considered:
        links = (Link(title=c.title or c.entry_id, note=_considered(c.score, c.why_not)) for c in record.considered)
        blocks.append(LinksBlock(links=tuple(links)))
    if record.text and not (spoke and not record.note and delivery.startswith("posted")):
        blocks += [TextBlock(markdown="What I would have said:"), QuoteBlock(text=record.text)]
    return reply("I suggested an answer." if spoke else "I stayed silent.", *blocks)


def _cost(record: DecisionRecord) -> str:
    model = f", {record.tokens} tokens, {record.cost:.4f}" if record.model_calls else ""
    prompt = f", prompt {record.prompt_hash}" if record.prompt_hash else ""
    return f"{record.reasoner}, {record.model_calls} model calls{model}{prompt}, {record.took_s * 1000:.0f} ms"


def _considered(score: float, why_not: str) -> str:
    return f"{score:.2f} · {why_not or 'quoted'}"


def hits_card(title: str, hits: Sequence[Hit]) -> Card:
    """Return entries found, with their scores."""
    if not hits:
        return reply(title, TextBlock(markdown="Nothing found."))
    blocks: list[Block] = []
    for number, hit in enumerate(hits, 1):
        entry = hit.entry
        permalink = next((s.permalink for s in entry.sources if s.permalink), None)
        note = f"{hit.score:.2f} · {entry.confidence.value.replace('_', ' ')} · {entry.id} v{entry.version}"
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
) -> Card:
    """Return a channel's last days in figures."""
    said = sum(record.decision.kind == "suggest" for record in records)
    reasons = Counter(record.reason for record in records if record.decision.kind != "suggest")
    states = Counter(case.state.value.replace("_", " ") for case in cases)
    facts = [
        ("Messages looked at", str(len(records))),
        ("Suggestions", str(said)),
        *((f"Silent: {REASONS[reason]}", str(count)) for reason, count in reasons.most_common(6)),
        *((f"Verdict: {verdict.replace('_', ' ')}", str(count)) for verdict, count in sorted(feedback.items())),
        *((f"Cases {state}", str(count)) for state, count in sorted(states.items())),
        *_durations(times),
        ("Entries known", str(entries)),
    ]
    return reply("The last seven days", FactsBlock(facts=tuple(facts)))


def _durations(times: Sequence[Times]) -> list[tuple[str, str]]:
    """Return what is usual: the middle value, and what nine of ten do not exceed."""
    columns = {
        "First human answer": [t.first_answer_s for t in times if t.first_answer_s is not None],
        "Until solved": [t.resolution_s for t in times if t.resolution_s is not None],
        "Waited for analysts": [t.on_analyst_s for t in times],
        "Waited for requesters": [t.on_requester_s for t in times],
    }
    usual = ((label, spread(values)) for label, values in columns.items())
    return [
        (label, f"{length(s.median, 'en')} (nine of ten: {length(s.ninetieth, 'en')}), {s.count} cases")
        for label, s in usual
        if s
    ]


def settings_card(channel: str, policy: Policy, calibration: Calibration) -> Card:
    """Return the rules of a channel."""
    facts = (
        ("Channel", channel),
        ("Mode", policy.mode.value),
        ("Needed score", f"{threshold_of(policy, calibration):.2f}"),
        ("Meant to be right", f"{policy.target_precision:.0%} of the time, sure to {policy.confidence:.0%}"),
        ("Quiet time before I look", f"{policy.settle_s:g} s"),
        ("At most a day", str(policy.max_per_day)),
        ("At most a thread", str(policy.max_per_thread)),
        ("Cooldown", f"{policy.cooldown_s:g} s"),
        ("Learns from solved cases", "yes" if policy.learn else "no"),
        ("Seen by", policy.audience.value),
    )
    modes = tuple(
        Button(action="command", label=mode.value.capitalize(), value=f"mode {mode.value}")
        for mode in Mode
        if mode is not policy.mode
    )
    footer = "`/vigil mode …` and `/vigil mute …` change them here."
    evidence = TextBlock(markdown=in_words(calibration))
    return reply("Settings", FactsBlock(facts=facts), evidence, footer=footer, buttons=modes)
