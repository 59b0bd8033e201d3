"""Learn from what people do: how they use entries, and what they put right."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from knowledge.authority import Voice, used_well
from knowledge.corrections import correcting, correction, correction_in, reworded
from knowledge.curator import Desk
from knowledge.distill_entry import audience_of
from knowledge.recall import Known, beside, cited, recalls
from vigil_bot.model.conversation import ConversationRef, Message, Role
from vigil_bot.model.knowledge import ChangeKind, KnowledgeEntry
from vigil_bot.model.policy import Mode, MuteScope, Policy, Reach
from vigil_bot.model.suggestion import Suggestion, SuggestionState
from vigil_bot.model.thread import ThreadState
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import ENGLISH, language_of

BY = "vigil"
NEWS_S = 3 * 86_400.0  # how long after a post what people say about it is looked for
VOICES_S = 90 * 86_400.0
RECALL_S = 30 * 86_400.0  # posts older than this are left as they are


class Learner:
    """What follows by itself from what people did; running any of it again changes nothing twice."""

    def __init__(self, desk: Desk) -> None:
        self._on = desk
        self._base = desk.base

    async def run(self, now: float) -> None:
        """Take in what people did since the last runs; one that was missed is made up for."""
        if await self._on.ledger.feedback_counts(since=now - NEWS_S):
            await self.weigh(since=now - VOICES_S, now=now)
        await self.corrections(since=now - NEWS_S, now=now)
        await self.recall(since=now - RECALL_S, now=now)

    async def voices(self, *, since: float) -> dict[str, list[Voice]]:
        """Return what people said of each entry that suggestions since then cite."""
        voices: dict[str, list[Voice]] = defaultdict(list)
        for suggestion in await self._posted(since):
            heard = await self._voices(suggestion)
            for entry_id in {c.entry_id for c in suggestion.citations}:
                voices[entry_id] += heard
        return voices

    async def weigh(self, *, since: float, now: float) -> int:
        """Validate entries that people found right in use since then; return how many."""
        lifted = 0
        for entry_id, heard in (await self.voices(since=since)).items():
            entry = await self._base.get(entry_id)
            if entry is None or (earned := used_well(entry, heard)) is entry.confidence:
                continue
            better = replace(entry, confidence=earned)
            await self._base.put(better, kind=ChangeKind.CONFIRM, by=BY, why="people found it right in use", at=now)
            lifted += 1
        return lifted

    async def heard(self, messages: Sequence[Message], *, now: float) -> bool:
        """Take in what analysts put right in messages of one thread; return whether they did."""
        if not any(correction_in(message.text) for message in messages):
            return False
        made = await self._on.ledger.suggestions_in(messages[0].conversation.key)
        standing = [s for s in made if s.state in (SuggestionState.POSTED, SuggestionState.CORRECTED)]
        return bool(await self._corrected(standing, now=now))

    async def corrections(self, *, since: float, now: float) -> list[str]:
        """Make entries of what analysts put right after suggestions posted since then; return the new ones' ids."""
        return await self._corrected(await self._posted(since), now=now)

    async def _corrected(self, suggestions: Sequence[Suggestion], *, now: float) -> list[str]:
        made = []
        for suggestion in suggestions:
            conversation = await self._on.transcript.conversation(ConversationRef.from_key(suggestion.conversation))
            policy = self._on.policy_of(conversation.ref)
            message = correcting(conversation, suggestion, policy.analysts) if policy.learn else None
            known = await self._base.get(suggestion.citations[0].entry_id) if suggestion.citations else None
            if message is None or known is None or not known.usable:
                continue
            heard_by = audience_of(conversation.ref, policy)
            pair = correction(known, message, suggestion, heard_by=heard_by, redact=self._on.redact, now=now)
            if pair is None:
                continue
            new, disputed = pair
            stored = await self._base.get(new.id)
            if stored is not None:
                if stored.waits and reworded(stored, new):
                    better = replace(stored, resolution=new.resolution, content_hash=new.content_hash)
                    await self._base.put(better, kind=ChangeKind.UPDATE, by=BY, why="its words were changed", at=now)
                    made.append(new.id)
                continue
            await self._base.put(disputed, kind=ChangeKind.DISPUTE, by=BY, why=f"{new.id} corrects it", at=now)
            await self._base.put(new, kind=ChangeKind.ADD, by=BY, why=f"an analyst corrected {known.id}", at=now)
            made.append(new.id)
        return made

    async def recall(self, *, since: float, now: float) -> int:
        """Have suggestions posted since then edited whose entries have turned out wrong; return how many.

        Where the case is still open, and nobody wants us silent, the thread is told as well: an edit notifies nobody.
        """
        suggestions = await self._on.posted.posted_suggestions(since=since)
        wrong = recalls(suggestions, await self._known(suggestions))
        for one in wrong:
            state = await self._on.threads.load(ConversationRef.from_key(one.suggestion.conversation), now=now)
            policy = self._on.policy_of(state.conversation.ref)
            spoken = replace(one, card=said(one.card, _reader(state, policy)))
            told = _listens(state, policy) and not one.heard
            posts = [spoken.post, spoken.notice(now=now)] if told else [spoken.post]
            await self._on.posted.correct(one.corrected, posts, now=now)
        return len(wrong)

    async def _known(self, suggestions: Sequence[Suggestion]) -> Known:
        """Return all that is needed to judge suggestions: what they cite, as it was and is, and what replaced or disputes it."""
        citations = cited(suggestions)
        entries: dict[str, KnowledgeEntry] = {}
        wanted = {c.entry_id for c in citations}
        while wanted:
            found = await self._base.load(sorted(wanted))
            entries |= {entry.id: entry for entry in found}
            wanted = {other for entry in found for other in beside(entry)} - entries.keys() - wanted
        then: dict[tuple[str, int], KnowledgeEntry] = {}
        for citation in citations:
            entry = entries.get(citation.entry_id)
            if entry is not None and (entry.version != citation.version or entry.superseded_by is not None):
                history = await self._base.history(entry.id)
                then |= {(entry.id, v.entry.version): v.entry for v in history if v.entry.version == citation.version}
        threads = {s.conversation: self._on.policy_of(ConversationRef.from_key(s.conversation)) for s in suggestions}
        shared = frozenset(thread for thread, policy in threads.items() if policy.reach is Reach.SHARED)
        return Known(now=entries, then=then, shared=shared)

    async def _posted(self, since: float) -> list[Suggestion]:
        """Return what was said since then and stands as it was said."""
        found = await self._on.posted.posted_suggestions(since=since)
        return [suggestion for suggestion in found if suggestion.state is SuggestionState.POSTED]

    async def _voices(self, suggestion: Suggestion) -> list[Voice]:
        verdicts = await self._on.ledger.feedback_on(suggestion.id)
        if not verdicts:
            return []
        conversation = await self._on.transcript.conversation(ConversationRef.from_key(suggestion.conversation))
        seen = await self._on.transcript.analysts_seen(conversation.ref, since=suggestion.created_at - VOICES_S)
        analysts = {*self._on.policy_of(conversation.ref).analysts, *seen}
        authors = {m.author.id: m.author for m in conversation.messages}
        asked = conversation.message(suggestion.message_id)

        def role(author_id: str) -> Role:
            if author_id in analysts:
                return Role.ANALYST
            return conversation.role_of(authors[author_id]) if author_id in authors else Role.UNKNOWN

        return [
            Voice(
                author_id=f.author_id,
                role=role(f.author_id),
                verdict=f.verdict,
                at=f.at,
                asker=asked is not None and asked.author.id == f.author_id,
            )
            for f in verdicts
        ]


def _listens(state: ThreadState, policy: Policy) -> bool:
    """Whether a thread should hear of a correction: its case is open and we may speak there."""
    open_ = state.case is not None and not state.case.state.over
    silent = any(mute.scope is not MuteScope.USER for mute in state.mutes)
    return open_ and not silent and policy.mode is Mode.ON


def _reader(state: ThreadState, policy: Policy) -> Reader:
    """Return who reads a thread: in the language of its words, else of its channel."""
    words = "\n".join(m.text for m in state.conversation.messages if m.is_human)
    return Reader(language=language_of(words) or next(iter(policy.languages), ENGLISH), zone=policy.zone)
