"""Everything about a thread in one go: fits `vigil_bot.ports.records.Threads`."""

from adapters.store import case_files, codec, mutes, receipts, suggestions, transcript
from adapters.store.database import Database, Session
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.thread import ThreadState


class SqlThreads:
    """Reads what is stored about a thread."""

    def __init__(self, database: Database, known: transcript.LongThreads) -> None:
        self._database = database
        self._known = known

    async def load(self, ref: ConversationRef, *, now: float) -> ThreadState:
        """Return the thread as it is at this moment, read in one transaction."""
        return await self._database.run(lambda session: _load(session, ref, now, self._known))


def _load(session: Session, ref: ConversationRef, now: float, known: transcript.LongThreads) -> ThreadState:
    key = codec.key_of(ref)
    return ThreadState(
        conversation=transcript.read(session, ref, known),
        case=case_files.get(session, key),
        decided=receipts.decided(session, key),
        suggestions=tuple(suggestions.made_in(session, key)),
        mutes=mutes.around(session, ref, now=now),
    )
