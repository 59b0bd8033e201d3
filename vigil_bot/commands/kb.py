"""`/vigil kb ...`: what people may do with entries in a chat."""

from collections.abc import Awaitable, Callable

from vigil_bot.commands.cards import hits_card, reply, usage
from vigil_bot.commands.kb_cards import entry_card, gaps_card, history_card, review_card
from vigil_bot.commands.kb_parse import CHANGES, USAGE, KbCommand, parse_kb
from vigil_bot.commands.services import Services
from vigil_bot.errors import InputError
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import ConversationRef, Role
from vigil_bot.model.event import CommandInvoked
from vigil_bot.model.knowledge import Audience, Viewer
from vigil_bot.model.policy import LearnedAudience, Policy, Reach
from vigil_bot.model.review import Actor
from vigil_bot.texts.text import Text

GAPS_S = 30 * 86_400.0
SHOWN = 5  # entries of a review; each brings its own buttons


def actor_of(invoked: CommandInvoked, policy: Policy) -> Actor | None:
    """Return who is at work, or None if they may only look.

    Where the policy names its analysts, they alone change entries; elsewhere everybody whom the platform does not call a
    requester, but only those whom it calls analysts are taken at their word.
    """
    author, ref = invoked.author, invoked.conversation
    analyst = author.role is Role.ANALYST or author.id in policy.analysts
    if not analyst and (policy.analysts or author.role is Role.REQUESTER):
        return None
    return Actor(by=author.id, at=invoked.at, viewer=policy.viewer(ref), trusted=analyst)


def heard_by(ref: ConversationRef, policy: Policy) -> Audience:
    """Return who may see what is taught in a channel."""
    channels = (ref.channel_id,) if policy.audience is LearnedAudience.CHANNEL else ()
    anywhere = policy.audience is LearnedAudience.EVERYONE
    guests = policy.reach is Reach.SHARED
    return Audience(workspace="*" if anywhere else ref.workspace_id, channels=channels, guests=guests)


class KbCommands:
    """Carries the commands out, for those who may."""

    def __init__(self, services: Services) -> None:
        self._on = services
        self._looks: dict[str, Callable[[CommandInvoked, KbCommand], Awaitable[Card]]] = {
            "search": self._search,
            "show": self._show,
            "history": self._history,
            "review": self._review,
            "gaps": self._gaps,
        }

    async def run(self, invoked: CommandInvoked, rest: str) -> Card:
        """Carry out what follows "kb". Raises InputError, NotFoundError."""
        if not rest.strip():
            return reply(Text("What I know"), usage(USAGE))
        command = parse_kb(rest)
        if command.verb not in CHANGES:
            return await self._looks[command.verb](invoked, command)
        actor = actor_of(invoked, self._on.policy_of(invoked.conversation))
        if actor is None:
            raise InputError(
                Text("Only analysts may change what I know."),
                hint=Text("Say it in the thread; one of them will see it."),
            )
        card = await self._change(invoked, command, actor)
        await self._on.recall()
        return card

    async def _change(self, invoked: CommandInvoked, command: KbCommand, actor: Actor) -> Card:
        on, entry_id, text = self._on.curation, command.entry_id, command.text
        match command.verb:
            case "add":
                audience = heard_by(invoked.conversation, self._on.policy_of(invoked.conversation))
                done, entry = Text("Learned."), await on.add(command.name, text, audience=audience, actor=actor)
            case "edit":
                done, entry = Text("Changed."), await on.edit(entry_id, name=command.name, text=text, actor=actor)
            case "approve":
                both = text.lower() == "both"
                done, entry = Text("Approved."), await on.approve(entry_id, actor=actor, both=both)
            case "reject":
                done, entry = Text("Rejected."), await on.reject(entry_id, why=text, actor=actor)
            case "archive":
                done, entry = Text("Archived."), await on.archive(entry_id, why=text, actor=actor)
            case "merge":
                done, entry = Text("Merged."), await on.merge(entry_id, command.other_id, actor=actor)
            case "split":
                stays, entry = await on.split(entry_id, command.lines, actor=actor)
                done = Text("Split: {one} and {other}.", one=stays.id, other=entry.id)
            case _:
                done, entry = Text("Undone."), await on.undo(entry_id, actor=actor)
        return entry_card(done, entry)

    async def _search(self, invoked: CommandInvoked, command: KbCommand) -> Card:
        return hits_card(Text("Found"), await self._on.finder.find(command.text, viewer=self._viewer(invoked), limit=5))

    async def _show(self, invoked: CommandInvoked, command: KbCommand) -> Card:
        entry = await self._on.curation.show(command.entry_id, viewer=self._viewer(invoked))
        return entry_card(entry.title or Text("Entry"), entry)

    async def _history(self, invoked: CommandInvoked, command: KbCommand) -> Card:
        found = await self._on.curation.history(command.entry_id, viewer=self._viewer(invoked))
        return history_card(command.entry_id, found)

    async def _review(self, invoked: CommandInvoked, _command: KbCommand) -> Card:
        return review_card(await self._on.curation.review(viewer=self._viewer(invoked), limit=SHOWN))

    async def _gaps(self, invoked: CommandInvoked, _command: KbCommand) -> Card:
        since = self._on.clock.now() - GAPS_S
        return gaps_card(await self._on.curation.gaps(invoked.conversation.channel.key, since=since, limit=10))

    def _viewer(self, invoked: CommandInvoked) -> Viewer:
        return self._on.policy_of(invoked.conversation).viewer(invoked.conversation)
