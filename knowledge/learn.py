"""Learn from what people do: how they use entries, and what they put right."""

from collections import defaultdict
from dataclasses import replace

from knowledge.authority import Voice, used_well
from knowledge.corrections import correcting, correction
from knowledge.curator import Desk
from knowledge.distill_entry import audience_of
from knowledge.recall import cited, recalls
from vigil_bot.model.conversation import Conversation, ConversationRef, Role
from vigil_bot.model.knowledge import ChangeKind, KnowledgeEntry
from vigil_bot.model.suggestion import Suggestion

BY = "vigil"


class Learner:
    """What follows by itself from what people did; running any of it again changes nothing twice."""

    def __init__(self, desk: Desk) -> None:
        self._on = desk
        self._base = desk.base

    async def weigh(self, *, since: float, now: float) -> int:
        """Validate entries that several analysts found right in use since then; return how many."""
        voices: dict[str, list[Voice]] = defaultdict(list)
        for suggestion, conversation in await self._posted(since):
            heard = await self._voices(suggestion, conversation)
            for entry_id in {c.entry_id for c in suggestion.citations}:
                voices[entry_id] += heard
        lifted = 0
        for entry_id, said in voices.items():
            entry = await self._base.get(entry_id)
            if entry is None or (earned := used_well(entry, said)) is entry.confidence:
                continue
            better = replace(entry, confidence=earned)
            await self._base.put(better, kind=ChangeKind.CONFIRM, by=BY, why="analysts found it right", at=now)
            lifted += 1
        return lifted

    async def corrections(self, *, since: float, now: float) -> list[str]:
        """Make entries of what analysts put right after suggestions posted since then; return the new ones' ids."""
        made = []
        for suggestion, conversation in await self._posted(since):
            policy = self._on.policy_of(conversation.ref)
            message = correcting(conversation, suggestion, policy.analysts) if policy.learn else None
            known = await self._base.get(suggestion.citations[0].entry_id) if suggestion.citations else None
            if message is None or known is None or not known.usable:
                continue
            heard_by = audience_of(conversation.ref, policy)
            pair = correction(known, message, suggestion, heard_by=heard_by, redact=self._on.redact, now=now)
            if pair is None or await self._base.get(pair[0].id) is not None:
                continue
            new, disputed = pair
            await self._base.put(disputed, kind=ChangeKind.DISPUTE, by=BY, why=f"{new.id} corrects it", at=now)
            await self._base.put(new, kind=ChangeKind.ADD, by=BY, why=f"an analyst corrected {known.id}", at=now)
            made.append(new.id)
        return made

    async def recall(self, *, since: float, now: float) -> int:
        """Have suggestions posted since then edited whose entries have turned out wrong; return how many."""
        suggestions = await self._on.posted.posted_suggestions(since=since)
        entries: dict[str, KnowledgeEntry] = {}
        wanted = cited(suggestions)
        while wanted:
            found = [e for entry_id in wanted if (e := await self._base.get(entry_id)) is not None]
            entries |= {entry.id: entry for entry in found}
            wanted = [e.superseded_by for e in found if e.superseded_by and e.superseded_by not in entries]
        wrong = recalls(suggestions, entries)
        await self._on.posted.intend([w.post for w in wrong], [w.state for w in wrong], now=now)
        return len(wrong)

    async def _posted(self, since: float) -> list[tuple[Suggestion, Conversation]]:
        found = await self._on.posted.posted_suggestions(since=since)
        return [(s, await self._on.transcript.conversation(ConversationRef.from_key(s.conversation))) for s in found]

    async def _voices(self, suggestion: Suggestion, conversation: Conversation) -> list[Voice]:
        analysts = self._on.policy_of(conversation.ref).analysts
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
            for f in await self._on.ledger.feedback_on(suggestion.id)
        ]
