"""Note the pages that analysts link to, so that they are read."""

from collections.abc import Callable
from dataclasses import replace

from vigil_bot.commands.kb import heard_by
from vigil_bot.model.conversation import AuthorKind, ConversationRef, Message, Role
from vigil_bot.model.document import Document, links_root
from vigil_bot.model.event import MessageEdited, MessagePosted
from vigil_bot.model.knowledge import EvidenceClass, Source
from vigil_bot.model.link import is_allowed, links_in
from vigil_bot.model.policy import Policy
from vigil_bot.model.work import Outcome, Turn
from vigil_bot.ports.chat import Clock
from vigil_bot.ports.documents import Documents
from vigil_bot.ports.work import Handler


class LinkingHandler:
    """Notes links before a turn is committed, so that a crash in between only repeats it; reading them is another's work."""

    def __init__(
        self,
        handler: Handler,
        documents: Documents,
        *,
        policy_of: Callable[[ConversationRef], Policy],
        clock: Clock,
    ) -> None:
        self._handler = handler
        self._documents = documents
        self._policy_of = policy_of
        self._clock = clock

    async def handle(self, turn: Turn) -> Outcome:
        """Work out what a turn changes."""
        outcome = await self._handler.handle(turn)
        policy = self._policy_of(turn.conversation)
        if policy.links and policy.learn:
            for event in turn.events:
                if isinstance(event, MessagePosted | MessageEdited):
                    await self._note(event.message, policy)
        return outcome

    async def _note(self, message: Message, policy: Policy) -> None:
        is_person = message.author.kind is AuthorKind.HUMAN
        if not is_person or not (message.author.role is Role.ANALYST or message.author.id in policy.analysts):
            return
        audience = heard_by(message.conversation, policy)
        for url in links_in(message.text):
            if is_allowed(url, policy.links):
                root = links_root(audience)
                known = await self._documents.document(root, url)
                noted = known or Document(root=root, path=url, audience=audience, due_at=self._clock.now())
                source = _source(message, url)
                if source not in noted.sources:
                    await self._documents.put_document(replace(noted, sources=(*noted.sources, source)))


def _source(message: Message, url: str) -> Source:
    return Source(
        thread_id=message.conversation.key,
        message_ids=(message.id,),
        permalink=url,
        evidence=EvidenceClass.LINK,
        author_ids=(message.author.id,),
        document=url,
    )
