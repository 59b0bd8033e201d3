"""A distiller over threads in memory."""

from dataclasses import replace

from adapters.reasoner.reasoner import BuiltinReasoner
from knowledge.distill import Distiller, DistillReport
from tests.fakes.memory_knowledge import MemoryBase, MemoryCases, MemoryTranscript
from tests.fakes.scenes_knowledge import START
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.model.policy import Policy
from vigil_bot.ports.reasoner import Reasoner
from vigil_bot.redact import redact

NOW = START + 10_000.0


class World:
    """A distiller over threads in memory."""

    def __init__(
        self, *pairs: tuple[Conversation, Case], policy: Policy | None = None, reasoner: Reasoner | None = None
    ) -> None:
        self.transcript = MemoryTranscript([c for c, _ in pairs])
        self.cases = MemoryCases([case for _, case in pairs])
        self.base = MemoryBase()
        self.policy = policy or Policy()
        self.distiller = Distiller(
            transcript=self.transcript,
            cases=self.cases,
            base=self.base,
            reasoner=reasoner or BuiltinReasoner(),
            redact=redact,
            policy_of=lambda _: self.policy,
            permalink=lambda m: f"https://chat.test/{m.id}",
        )

    async def run(self, *, now: float = NOW, since: float | None = None) -> DistillReport:
        return await self.distiller.run(now=now, since=since)

    def add(self, conversation: Conversation, case: Case) -> None:
        self.transcript.threads[conversation.ref.key] = conversation
        known = self.cases.stored.get(case.conversation)
        self.cases.stored[case.conversation] = replace(
            case,
            version=known.version if known else 0,
            distilled_at=known.distilled_at if known else None,
        )

    @property
    def only(self) -> KnowledgeEntry:
        (entry,) = self.base.entries.values()
        return entry
