"""Carry out intended posts: once each, in order, and only while they still make sense."""

from collections.abc import Callable, Mapping

import structlog

from vigil_bot.errors import AccessDenied, LeaseLost, PlatformError, TargetGone, TransientError, VigilError
from vigil_bot.metrics import Metrics
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.model.work import Post, PostOp, PostState
from vigil_bot.ports.chat import ChatClient, Clock
from vigil_bot.ports.work import WorkQueue
from vigil_bot.retry import Backoff

log = structlog.get_logger()

CLOSED_S = 600.0  # how long a refusal for a whole channel or workspace is believed


class Sender:
    """Sends the posts of a conversation through its platform's client."""

    def __init__(
        self,
        queue: WorkQueue,
        clients: Mapping[str, ChatClient],
        *,
        clock: Clock,
        metrics: Metrics,
        policy_of: Callable[[ConversationRef], Policy],
        backoff: Backoff | None = None,
    ) -> None:
        self._queue = queue
        self._clients = clients
        self._policy_of = policy_of
        self._clock = clock
        self._metrics = metrics
        self._backoff = backoff or Backoff()
        self._closed: dict[ConversationRef, float] = {}  # where nothing can be said, and until when that is believed

    async def send_all(self, posts: tuple[Post, ...], *, owner: str) -> None:
        """Send posts of one conversation in order; stop at one that has to wait.

        Raises:
            LeaseLost: If the conversation is another worker's by now.
        """
        for post in posts:
            if not await self._send(post, owner=owner):
                return

    async def _send(self, post: Post, *, owner: str) -> bool:
        """Send one post; False if it must be tried again later."""
        try:
            self._check_open(post.conversation)
            message_id = await self._found(post)
            if message_id is None:
                if await self._forbidden(post) or not await self._queue.start_send(
                    post, owner=owner, now=self._clock.now()
                ):
                    self._metrics.post_sent(post.conversation.platform, post.op, result="dropped")
                    return True
                message_id = await self._call(post)
        except LeaseLost:
            raise
        except TransientError as error:
            return await self._postpone(post, error)
        except PlatformError as error:
            self._remember_closed(post.conversation, error)
            await self._give_up(post, error)
            return True
        await self._queue.finish_send(post, message_id=message_id, now=self._clock.now())
        self._metrics.post_sent(post.conversation.platform, post.op, result="sent")
        return True

    def _check_open(self, ref: ConversationRef) -> None:
        """Raise AccessDenied where the platform let us say nothing a short while ago."""
        for place in (ref.channel, _workspace(ref)):
            if self._closed.get(place, 0.0) > self._clock.now():
                raise AccessDenied("The platform lets us say nothing there at the moment.")

    async def _forbidden(self, post: Post) -> bool:
        """Drop what was decided on its own under a mode that was changed meanwhile, to be decided on under the new one."""
        mode = self._policy_of(post.conversation).mode
        aloud = mode is Mode.PRIVATE and post.op is not PostOp.EPHEMERAL
        if post.guard is None or not (aloud or mode in (Mode.OFF, Mode.SHADOW)):
            return False
        await self._queue.drop_send(post, why=f"the mode is {mode.value} by now", now=self._clock.now(), anew=True)
        return True

    def _remember_closed(self, ref: ConversationRef, error: PlatformError) -> None:
        place = {"channel": ref.channel, "workspace": _workspace(ref)}.get(error.scope)
        if place is not None:
            self._closed[place] = self._clock.now() + CLOSED_S
            log.error("place.closed", place=place.key, scope=error.scope, error=str(error))

    async def _postpone(self, post: Post, error: TransientError) -> bool:
        at = self._backoff.next_try(post.attempts, error, now=self._clock.now())
        if at is None:
            await self._give_up(post, error)
            return True
        await self._queue.retry_send(post, at=at)
        log.warning("post.retried", conversation=post.conversation.key, op=post.op, error=type(error).__name__)
        return False

    async def _give_up(self, post: Post, error: VigilError) -> None:
        await self._queue.drop_send(post, why=f"{type(error).__name__}: {error}", now=self._clock.now())
        self._metrics.post_sent(post.conversation.platform, post.op, result="failed")
        log.error("post.dropped", conversation=post.conversation.key, op=post.op, error=type(error).__name__)

    async def _found(self, post: Post) -> str | None:
        """Return the message that an earlier try made, should its answer have been lost."""
        if post.state is not PostState.SENDING or post.op is not PostOp.POST:
            return None
        return await self._client(post).find(post.conversation, key=post.key)

    def _client(self, post: Post) -> ChatClient:
        client = self._clients.get(post.conversation.platform)
        if client is None:
            raise TargetGone(f"The platform {post.conversation.platform!r} is not configured.")
        return client

    async def _call(self, post: Post) -> str | None:
        client = self._client(post)
        match post.op:
            case PostOp.POST:
                return await client.post(post.conversation, _card(post), key=post.key)
            case PostOp.EPHEMERAL:
                await self._whisper(client, post)
                return None
            case PostOp.EDIT:
                target_id = await self._target(post)
                await client.edit(post.conversation, target_id, _card(post))
                return target_id
            case PostOp.DELETE:
                await client.delete(post.conversation, await self._target(post))
                return None
            case PostOp.REACT | PostOp.UNREACT:
                remove = post.op is PostOp.UNREACT
                await client.react(post.conversation, post.target_id or "", post.emoji, remove=remove)
                return None

    async def _whisper(self, client: ChatClient, post: Post) -> None:
        """Show a card to each reader; one who is not there does not keep it from the others.

        Raises:
            TargetGone: If no reader is there.
        """
        gone: TargetGone | None = None
        reached = 0
        for reader_id in post.reader_ids:
            key = f"{post.key}/{reader_id}"
            try:
                await client.post_ephemeral(post.conversation, _card(post), reader_id=reader_id, key=key)
            except TargetGone as error:
                gone = error
            else:
                reached += 1
        if gone is not None and not reached:
            raise gone

    async def _target(self, post: Post) -> str:
        made_by = await self._queue.post_by_key(post.target_key) if post.target_key else None
        message_id = post.target_id or (made_by.message_id if made_by else None)
        if message_id is None:
            raise TargetGone("The message to change was never posted.")
        return message_id


def _workspace(ref: ConversationRef) -> ConversationRef:
    """Return what stands for a whole workspace."""
    return ConversationRef(platform=ref.platform, workspace_id=ref.workspace_id, channel_id="")


def _card(post: Post) -> Card:
    if post.card is None:
        raise TargetGone("The post has no card.")
    return post.card
