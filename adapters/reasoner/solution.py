"""Which messages of a thread solved it; pure.

Roles may be unknown, as in open communities: then everybody but the requester is a helper.
"""

from collections.abc import Sequence

from adapters.reasoner.asides import advises, takes_back
from adapters.reasoner.cues import (
    is_question,
    says_it_failed,
    says_it_worked,
    says_who_solved,
    strip_social,
    tells_the_solution,
)
from adapters.reasoner.people import addressee, elsewhere, is_analyst, requester_id, said_by_people
from adapters.reasoner.text import units, weight, without_quotations
from vigil_bot.model.case import Case, ResolvedBy
from vigil_bot.model.conversation import Conversation, Message

BURST_S = 180.0  # an answer in several messages is written without a long pause
SOLVED_EMOJI = frozenset(
    {"✅", "☑️", "☑", "✔️", "✔", "white_check_mark", "heavy_check_mark", "ballot_box_with_check", "DONE", "CheckMark"}
)
_MIN_TOLD = 5  # what a requester says about the solution must say this much
_MIN_TOLD_WELL = 3  # where they say themselves that they solved it


def problem_messages(conversation: Conversation, case: Case) -> list[Message]:
    """Return the requester's messages that say what is wrong: the case's, and the rest of their burst before anybody replied."""
    people = said_by_people(conversation)
    asker = requester_id(conversation, case)
    mine = [m for m in people if m.author.id == asker]
    known = [m for m in mine if m.id in case.problem_ids] or [m for m in people if m.id in case.problem_ids]
    first = known[0] if known else next(iter(mine), None)
    if first is None:
        return []
    opening = _unanswered_burst(people, first)
    return [m for m in people if m in known or m in opening]


def replied_at(conversation: Conversation, problem: Sequence[Message]) -> float:
    """Return when somebody else first wrote after a problem was told; infinity while nobody did."""
    others = (m.sent_at for m in said_by_people(conversation) if m.author.id != problem[0].author.id)
    return min((at for at in others if at >= problem[0].sent_at), default=float("inf"))


def _unanswered_burst(people: Sequence[Message], first: Message) -> list[Message]:
    """Return a message and those of the same author that follow before another person writes."""
    burst: list[Message] = []
    for message in people[people.index(first) :]:
        if message.author.id != first.author.id:
            break
        burst.append(message)
    return [m for m in burst if m is first or not (tells_the_solution(m.text) or says_it_worked(m.text))]


def solving_messages(conversation: Conversation, case: Case) -> list[Message]:
    """Return the messages that solved the case, oldest first.

    Those that an analyst wants learned win, then those with a ✅ by the requester or an analyst; else those offered as an answer that the requester did not refuse,
    with what the requester says that it was.
    """
    people = said_by_people(conversation)
    problem = problem_messages(conversation, case)
    after = [
        m for m in people if problem and (m.sent_at, m.id) > (problem[0].sent_at, problem[0].id) and m not in problem
    ]
    wanted = [m for m in after if m.id in case.learn_ids]
    if wanted:
        return wanted
    marked = [m for m in after if _is_marked(m, conversation, case)]
    if marked:
        return _with_bursts(marked, after)
    asker = requester_id(conversation, case)
    told = [m for m in after if m.author.id == asker and _tells(m)]
    away = elsewhere(conversation, asker)
    here = [m for m in after if m.id not in away]
    offered = [m for m in _offered(here, conversation, case) if m.id not in away]
    standing = _not_refused(_with_bursts(offered, here), told, here, conversation, case)
    standing = _not_taken_back([*standing, *(m for m in decisive(conversation, case, here) if m not in standing)], here)
    past = _past_the_end(conversation, asker)
    return [m for m in here if (m in standing or m in told) and m.id not in past]


def decisive(conversation: Conversation, case: Case, after: Sequence[Message]) -> list[Message]:
    """Return what a helper wrote last before the requester said that it works."""
    asker = requester_id(conversation, case)
    confirmed = next((m for m in reversed(after) if m.author.id == asker and _confirms(m)), None)
    if confirmed is None:
        return []
    before = after[: after.index(confirmed)]
    last = next((m for m in reversed(before) if m.author.id != asker), None)
    return _run(before[before.index(last) :: -1]) if last is not None else []


def _confirms(message: Message) -> bool:
    return says_it_worked(message.text) and not is_question(message.text)


def _not_taken_back(standing: Sequence[Message], after: Sequence[Message]) -> list[Message]:
    """Return messages without those that their author withdrew in a later one."""
    kept = list(standing)
    for at, message in enumerate(after):
        if takes_back(message.text):
            kept = [m for m in kept if m.author.id != message.author.id or m not in after[:at]]
    return kept


def _past_the_end(conversation: Conversation, asker: str | None) -> set[str]:
    """Return the ids of what is talked of once the requester has taken leave with an answer; advice to them is not of it."""
    people = said_by_people(conversation)
    last = max((at for at, m in enumerate(people) if m.author.id == asker), default=0)
    answered = any(m.author.id != asker for m in people[:last]) or (last and _tells(people[last]))
    if not answered or not _confirms(people[last]):
        return set()
    whom = {None, people[last].author.id.lower(), people[last].author.name.lower()}
    return {m.id for m in people[last + 1 :] if not (advises(m.text) and addressee(m) in whom)}


def _offered(after: Sequence[Message], conversation: Conversation, case: Case) -> list[Message]:
    """Return what helpers offered: the case's answers, else all they wrote up to the requester's last confirmation."""
    asker = requester_id(conversation, case)
    helping = [m for m in after if m.author.id != asker or is_analyst(conversation, m)]
    known = [m for m in after if m.id in case.answer_ids]
    if known:
        return known
    confirmed = [m for m in after if m.author.id == asker and says_it_worked(m.text)]
    before = [m for m in helping if confirmed and m.sent_at < confirmed[-1].sent_at]
    return before or helping


def _is_marked(message: Message, conversation: Conversation, case: Case) -> bool:
    marks = [r for r in message.reactions if r.emoji.strip(":") in SOLVED_EMOJI]
    if not marks:
        return False
    judges = {requester_id(conversation, case), case.owner_id}
    judges |= {m.author.id for m in conversation.messages if is_analyst(conversation, m)}
    return any(mark.author_id in judges for mark in marks)


def _tells(message: Message) -> bool:
    """Whether a requester's message says what solved it, and not only that it is solved."""
    told = [u.text for u in units(without_quotations(message.text)) if tells_the_solution(u.text)]
    least = _MIN_TOLD_WELL if says_who_solved(message.text) else _MIN_TOLD
    return any(weight(strip_social(text)) >= least for text in told)


def _with_bursts(chosen: Sequence[Message], after: Sequence[Message]) -> list[Message]:
    """Return messages with those of the same author right before and after them."""
    kept = set()
    for message in chosen:
        at = after.index(message)
        kept |= {m.id for m in (*_run(after[at:]), *_run(after[at::-1]))}
    return [m for m in after if m.id in kept]


def _run(messages: Sequence[Message]) -> list[Message]:
    run = [messages[0]]
    for message in messages[1:]:
        if message.author.id != run[0].author.id or abs(message.sent_at - run[-1].sent_at) > BURST_S:
            break
        run.append(message)
    return run


def _not_refused(
    offered: Sequence[Message],
    told: Sequence[Message],
    after: Sequence[Message],
    conversation: Conversation,
    case: Case,
) -> list[Message]:
    """Return the offered messages that the requester did not call useless before something better came."""
    asker = requester_id(conversation, case)
    refusals = [m for m in after if m.author.id == asker and says_it_failed(m.text) and m not in told]
    standing = list(offered)
    for refusal in refusals:
        refused = [
            m
            for m in standing
            if m.sent_at < refusal.sent_at and refusal.reply_to in (None, m.id, *_roots(conversation))
        ]
        standing = [m for m in standing if m not in refused]
    if standing or told or not refusals:
        return standing
    worked_after_all = case.resolved_by is ResolvedBy.REQUESTER or any(
        m.author.id == asker and m.sent_at > refusals[-1].sent_at and says_it_worked(m.text) for m in after
    )
    return list(offered) if worked_after_all else []


def _roots(conversation: Conversation) -> tuple[str, ...]:
    """Return the id of the thread's first message: a reply to it is a reply to nobody in particular."""
    return tuple(m.id for m in conversation.messages[:1])
