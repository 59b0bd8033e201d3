"""`/vigil catchup`, and how long cases took: from the cases and threads of a channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vigil_bot.commands.services import Services
from vigil_bot.model.card import Card
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import ConversationRef, Message, Role
from vigil_bot.model.decision import Intent
from vigil_bot.model.event import CommandInvoked
from vigil_bot.proactive.signals import intent_of, role_in
from vigil_bot.progress import digest
from vigil_bot.progress.digest import Thread
from vigil_bot.progress.times import Times, history_of, times_of
from vigil_bot.progress.topics import problem_of

DAY_S = 86_400.0
SHIFT_S = 12 * 3600.0
MAX_CASES = 200


async def catchup(on: Services, invoked: CommandInvoked) -> Card:
    """Return what the asker missed in the channel since they last wrote there, or in the last day."""
    threads = await _threads(on, invoked)
    since = digest.last_wrote(threads, invoked.author.id)
    return digest.catchup(
        threads, reader_id=invoked.author.id, since=on.clock.now() - DAY_S if since is None else since
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long cases took, and what they were about; both by the key of the thread."""

    times: Mapping[str, Times]
    problems: Mapping[str, str]


async def durations(on: Services, cases: Sequence[Case], *, since: float) -> Durations:
    """Return how long the cases took that were opened since then."""
    times, problems = {}, {}
    for case in [case for case in cases if case.opened_at >= since][:MAX_CASES]:
        ref = ConversationRef.from_key(case.conversation)
        conversation, analysts = await on.transcript.conversation(ref), on.policy_of(ref).analysts

        def read(message: Message) -> tuple[Role, Intent]:
            intent, _ = intent_of(conversation, message, analysts)  # noqa: B023 -- called before the next turn
            return role_in(conversation, message, analysts), intent  # noqa: B023

        measured = times_of(history_of(conversation, read), now=on.clock.now())
        if measured is not None:
            times[ref.key] = measured
            problems[ref.key] = problem_of(case, conversation.messages, conversation.title)
    return Durations(times=times, problems=problems)


async def _threads(on: Services, invoked: CommandInvoked) -> list[Thread]:
    cases = await on.cases.cases(channel=invoked.conversation.channel.key, limit=MAX_CASES)
    return [
        Thread(case=case, conversation=await on.transcript.conversation(ConversationRef.from_key(case.conversation)))
        for case in cases
    ]
