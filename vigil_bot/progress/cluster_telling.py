"""Whom to tell of linked reports, and whether a thread may be told what solved them: waits for what holds elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from vigil_bot.model.case import Case
from vigil_bot.model.cluster import Cluster, Linked, Solution
from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.model.work import Post, PostOp, Timer, TimerKind
from vigil_bot.ports.records import Ledger, Transcript
from vigil_bot.proactive.gate import quiet_until
from vigil_bot.progress.cluster_cards import notice_card, solution_card
from vigil_bot.progress.clusters import may_read_words, scope_of
from vigil_bot.progress.linking import Here
from vigil_bot.readers import analysts_of, open_desk

NOTICE_TTL_S = 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said about a solution, the case that remembers it, and when to try again."""

    case: Case
    posts: tuple[Post, ...] = ()
    timers: tuple[Timer, ...] = ()


class Telling:
    """Works out what is told to whom; writes nothing."""

    def __init__(
        self, *, transcript: Transcript, ledger: Ledger, policy_of: Callable[[ConversationRef], Policy]
    ) -> None:
        self._transcript = transcript
        self._ledger = ledger
        self._policy_of = policy_of

    async def analysts(self, here: Here, linked: Linked, *, news: bool) -> tuple[Cluster, tuple[Post, ...]]:
        """Tell analysts of a cluster once, when it is news, and keep that message true; return it with how it was told."""
        cluster = linked.cluster
        if here.policy.mode not in (Mode.ON, Mode.PRIVATE) or here.muted():
            return cluster, ()
        if cluster.notice_key is not None:
            return edited(here, linked)
        if not news:
            return cluster, ()
        key = f"cluster/{cluster.id}"
        place = await open_desk(here.ref, here.policy, self._ledger, self._policy_of, now=here.now)
        if place is not None:
            card = notice_card(cluster, linked.reports, words=may_read_words(here.policy, here.ref, place))
            post = Post(key=key, conversation=place, op=PostOp.POST, card=card, heeds_mutes=True)
            return replace(cluster, notice_key=key, notice_in=place.key), (post,)
        readers = await self._analysts_of(here)
        if not readers:
            return cluster, ()
        near = [one for one in linked.reports if ConversationRef.from_key(one.conversation).channel == here.ref.channel]
        post = Post(
            key=key,
            conversation=here.ref,
            op=PostOp.EPHEMERAL,
            card=notice_card(cluster, near, words=True),
            reader_ids=readers,
            expires_at=here.now + NOTICE_TTL_S,
            heeds_mutes=True,
        )
        return replace(cluster, notice_key=key), (post,)

    async def solution(self, here: Here, case: Case, solution: Solution) -> Said:
        """Tell a thread what solved the fault elsewhere, if a suggestion would be allowed there now."""
        told = f"{solution.conversation}@{solution.at:.6f}"
        if case.state.over or solution.conversation == case.conversation or case.solution_told == told:
            return Said(case=case)
        policy, silent = here.policy, here.muted(case.requester_id or "")
        if silent or policy.mode not in (Mode.ON, Mode.PRIVATE) or here.now - case.opened_at > policy.answer_within_s:
            return Said(case=case)
        quiet = quiet_until(policy.quiet_hours, now=here.now)
        if quiet is not None:
            return Said(case=case, timers=(Timer(kind=TimerKind.LINKED, due_at=quiet),))
        source = await self._source(here, solution)
        text = solution.note or (source.text if source is not None else "")
        readers = await self._analysts_of(here) if policy.mode is Mode.PRIVATE else ()
        if not text.strip() or (policy.mode is Mode.PRIVATE and not readers):
            return Said(case=case)
        post = Post(
            key=f"solution/{here.ref.key}/{told}",
            conversation=here.ref,
            op=PostOp.EPHEMERAL if policy.mode is Mode.PRIVATE else PostOp.POST,
            card=solution_card(text, source.permalink if source else None, note=bool(solution.note)),
            reader_ids=readers,
            expires_at=here.now + policy.suggestion_ttl_s,
            heeds_mutes=True,
        )
        return Said(case=replace(case, solution_told=told), posts=(post,))

    async def _source(self, here: Here, solution: Solution) -> Message | None:
        """Return the message that says what solved it, if those who read here may read it still."""
        ref = ConversationRef.from_key(solution.conversation)
        there = scope_of(ref, self._policy_of(ref))
        if there != here.scope or solution.message_id is None:
            return None
        found = (await self._transcript.conversation(ref)).message(solution.message_id)
        return found if found is not None and not found.deleted else None

    async def _analysts_of(self, here: Here) -> tuple[str, ...]:
        return await analysts_of(here.ref, here.policy, self._transcript, now=here.now)


def edited(here: Here, linked: Linked) -> tuple[Cluster, tuple[Post, ...]]:
    """Change the message that told analysts, where it can be changed."""
    cluster = linked.cluster
    if not cluster.notice_in:
        return cluster, ()
    place, edits = ConversationRef.from_key(cluster.notice_in), cluster.notice_edits + 1
    post = Post(
        key=f"{cluster.notice_key}/{edits}",
        conversation=place,
        op=PostOp.EDIT,
        card=notice_card(cluster, linked.reports, words=may_read_words(here.policy, here.ref, place)),
        target_key=cluster.notice_key,
    )
    return replace(cluster, notice_edits=edits), (post,)
