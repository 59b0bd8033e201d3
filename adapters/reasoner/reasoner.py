"""The built-in reasoner: rules and quotations, no network, no model."""

from collections.abc import Sequence

from adapters.reasoner.draft import compose
from adapters.reasoner.extract import learn
from adapters.reasoner.question import standalone
from adapters.reasoner.summarize import summary
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.knowledge import DraftEntry, Hit
from vigil_bot.model.suggestion import Draft, Question


class BuiltinReasoner:
    """Says only what people said: questions from their messages, answers from entries, entries from their threads."""

    name = "builtin"

    async def question(self, conversation: Conversation, message_ids: Sequence[str]) -> Question:
        """Return the asking messages with what the same person said just before, without social talk."""
        return standalone(conversation, message_ids)

    async def draft(self, question: Question, hits: Sequence[Hit], *, max_chars: int) -> Draft:
        """Return a quotation of the best entry that has an answer, or an empty draft."""
        return compose(question, hits, max_chars=max_chars)

    async def extract(self, conversation: Conversation, case: Case) -> DraftEntry | None:
        """Return issue and resolution in the words of the thread, or None when nothing in it helps the next person."""
        return learn(conversation, case)

    async def summarize(self, conversation: Conversation, case: Case | None) -> list[str]:
        """Return three to six lines that quote the thread; none for an empty one."""
        return summary(conversation, case)
