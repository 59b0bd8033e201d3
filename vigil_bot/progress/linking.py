"""Reports and clusters as values: what a thread reports, how a cluster grows, what its threads remember of it; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vigil_bot.model.case import Case
from vigil_bot.model.cluster import Cluster, Linked, RelatedThread, Report, Solution
from vigil_bot.model.conversation import Conversation, ConversationRef, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.model.policy import Policy
from vigil_bot.model.thread import ThreadState
from vigil_bot.proactive.gate import gate, muted
from vigil_bot.proactive.signals import intent_of, role_in
from vigil_bot.progress import state as life
from vigil_bot.progress.clusters import reports_trouble, scope_of

MAX_MESSAGES = 3  # of a report
MAX_RELATED = 5  # threads that a card names


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The thread at hand: as it was before the turn but for mutes, what is allowed there, and the time."""

    state: ThreadState
    policy: Policy
    now: float

    @property
    def ref(self) -> ConversationRef:
        """Its address."""
        return self.state.conversation.ref

    @property
    def scope(self) -> str:
        """Within what it may be linked."""
        return scope_of(self.ref, self.policy)

    def muted(self, person_id: str = "") -> bool:
        """Whether we are to be silent here, or towards somebody."""
        return muted(self.ref, person_id, self.state.mutes, now=self.now)


def told(case: Case | None) -> tuple[str, ...]:
    """Return the messages that say what a case is about, the first three."""
    return case.problem_ids[:MAX_MESSAGES] if case is not None else ()


def report_of(here: Here, case: Case | None) -> Report | None:
    """Return what a thread reports now, if somebody has trouble who is not an analyst.

    Without a case, only what begins a thread and speaks of trouble may be one: it takes other reports to tell.
    """
    conversation = here.state.conversation
    if case is not None and case.state.over:
        return None
    ids = told(case) or tuple(message.id for message in conversation.messages[:1])
    said = [message for message in conversation.messages if message.id in ids]
    if not said or not all(_live(here, message) for message in said):
        return None
    text = "\n".join(message.text for message in said)
    problem = any(
        intent_of(conversation, message, here.policy.analysts)[0] is Intent.PROBLEM_REPORT for message in said
    )
    if not reports_trouble(text) and (case is None or not problem):
        return None
    return _report(said, here.ref.key, here.scope)


def opened(here: Here) -> Case | None:
    """Return the case of a thread whose first words report what others have reported."""
    first, role = here.state.conversation.messages[0], Role.REQUESTER
    return life.on_message(None, first, role=role, intent=Intent.PROBLEM_REPORT)


def report_by_hand(conversation: Conversation, scope: str) -> Report | None:
    """Return what a thread reports because a person says so: what somebody wrote first."""
    said = [message for message in conversation.messages if message.is_human][:1]
    return _report(said, conversation.ref.key, scope) if said else None


def new(report: Report, *, at: float) -> Linked:
    """Return the cluster that a report begins, still without it."""
    cluster = Cluster(id=f"{report.conversation}@{at:.6f}", scope=report.scope, opened_at=report.at, changed_at=at)
    return Linked(cluster=cluster)


def grown(linked: Linked, reports: Sequence[Report], *, at: float) -> Linked:
    """Return a cluster with more reports."""
    cluster, members = linked.cluster, sorted((*linked.reports, *reports), key=lambda report: report.at)
    return Linked(
        cluster=replace(
            cluster,
            threads=cluster.threads + len(reports),
            opened_at=min(cluster.opened_at, members[0].at),
            changed_at=at,
        ),
        reports=tuple(members),
    )


def related(case: Case, linked: Linked | None) -> Case:
    """Return a case that knows with how many threads it is linked, and the first of them in its channel."""
    if linked is None or linked.cluster.threads < 2:  # noqa: PLR2004 -- two threads, one link
        return replace(case, cluster=None, related=(), related_count=0)
    channel = ConversationRef.from_key(case.conversation).channel
    others = [
        RelatedThread(conversation=report.conversation, permalink=report.permalink)
        for report in linked.reports
        if report.conversation != case.conversation and ConversationRef.from_key(report.conversation).channel == channel
    ]
    return replace(
        case,
        cluster=linked.cluster.id,
        related=tuple(others[:MAX_RELATED]),
        related_count=linked.cluster.threads - 1,
    )


def solution_of(case: Case, conversation: Conversation, *, at: float) -> Solution | None:
    """Return what solved a case as somebody said it: the newest answer that is not the requester's, or an analyst's note."""
    answers = (m for m in reversed(conversation.messages) if m.id in case.answer_ids and m.is_human)
    answer = next((m for m in answers if m.author.id != case.requester_id and m.text.strip()), None)
    if answer is None and not case.resolution_note:
        return None
    return Solution(
        conversation=case.conversation,
        at=at,
        message_id=answer.id if answer is not None else None,
        note=case.resolution_note,
    )


def _live(here: Here, message: Message) -> bool:
    conversation, analysts = here.state.conversation, here.policy.analysts
    asks = role_in(conversation, message, analysts) is not Role.ANALYST
    return asks and message.is_human and gate(message, here.policy, (), now=here.now) is None


def _report(said: Sequence[Message], conversation: str, scope: str) -> Report:
    return Report(
        conversation=conversation,
        scope=scope,
        message_ids=tuple(message.id for message in said),
        author_id=said[0].author.id,
        at=said[0].sent_at,
        text="\n".join(message.text for message in said),
        permalink=said[0].permalink,
    )
