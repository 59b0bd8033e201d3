"""`/vigil link` and `/vigil unlink`: a person says which threads report the same problem."""

from collections.abc import Awaitable, Callable

from vigil_bot.commands import cards
from vigil_bot.commands.services import Services
from vigil_bot.errors import InputError
from vigil_bot.model.card import Card, TextBlock
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import ConversationRef, Role
from vigil_bot.model.event import CommandInvoked
from vigil_bot.progress.clusters import scope_of
from vigil_bot.texts.text import Text, plural

Act = Callable[[CommandInvoked, str, str, Callable[[Case | None], bool]], Awaitable[Case | None]]
"""Send an action and its value through the inbox, and wait until the case shows it."""


async def link(on: Services, invoked: CommandInvoked, rest: str, act: Act) -> Card:
    """Link the thread with another one."""
    case = await _case(on, invoked)
    other = await _other(on, invoked, rest)
    if other == case.conversation:
        raise InputError(Text("That is this thread."), hint=Text("Give the link of a message in the other one."))
    there = await on.cases.case(other)
    if case.cluster is not None and there is not None and there.cluster == case.cluster:
        return cards.reply(Text("They are linked already."))
    before = case.version
    linked = await act(invoked, "link", other, lambda now: now is not None and _linked_since(now, before))
    return _shown(linked)


async def unlink(on: Services, invoked: CommandInvoked, rest: str, act: Act) -> Card:
    """Take the thread, or another one, out of what it is linked with."""
    if rest:
        raise InputError(Text("Use it in the thread that does not belong."), hint="`/vigil unlink`")
    case = await _case(on, invoked)
    if case.cluster is None:
        raise InputError(Text("This thread is not linked with others."))
    out = await act(invoked, "unlink", case.conversation, lambda now: now is not None and now.cluster is None)
    later = Text("I will not link it with them again.")
    return cards.reply(
        Text("Not linked any more.") if out else Text("Noted; it takes a moment."), TextBlock(markdown=later)
    )


async def _case(on: Services, invoked: CommandInvoked) -> Case:
    policy = on.policy_of(invoked.conversation)
    if invoked.author.role is Role.REQUESTER and invoked.author.id not in policy.analysts:
        raise InputError(Text("Only analysts may link threads."))
    if invoked.conversation.thread_id is None:
        raise InputError(Text("Use this in a thread."), hint=Text("Open a thread and give the command there."))
    case = await on.cases.case(invoked.conversation.key)
    if case is None:
        raise InputError(Text("There is no case in this thread."))
    return case


async def _other(on: Services, invoked: CommandInvoked, rest: str) -> str:
    """Return the key of the thread that is named, if what is said there may be known here."""
    here = invoked.conversation
    if not rest:
        raise InputError(Text("Link with which thread?"), hint=Text("Give the link of a message in the other one."))
    found = await on.transcript.find_message(rest.strip("<>"))
    if found is None or _scope(on, found.conversation) != _scope(on, here):
        raise InputError(Text("I know no such thread that people here may see."), hint=Text("Give its link or id."))
    return found.conversation.key


def _scope(on: Services, ref: ConversationRef) -> str:
    return scope_of(ref, on.policy_of(ref))


def _linked_since(case: Case, version: int) -> bool:
    return case.cluster is not None and case.version > version


def _shown(case: Case | None) -> Card:
    if case is None:
        return cards.reply(Text("Noted; it takes a moment."))
    count = plural("Linked with {count} other thread.", "Linked with {count} other threads.", count=case.related_count)
    return cards.reply(count)
