"""From resolved cases to entries: once, redacted, merged, and never for more people than their sources."""

from dataclasses import replace

import pytest

from adapters.reasoner.reasoner import BuiltinReasoner
from knowledge.distill_entry import entry_id
from tests.fakes.distilling import NOW, World
from tests.fakes.scenes_knowledge import START, resolved, said, thread_of, thread_ref
from vigil_bot.errors import ModelUnavailable
from vigil_bot.model.case import Case, CaseState
from vigil_bot.model.conversation import Conversation, ConversationRef
from vigil_bot.model.knowledge import Audience, ChangeKind, Confidence, DraftEntry, EvidenceClass, Viewer
from vigil_bot.model.policy import LearnedAudience, Policy


def lag(thread: str, *, answer: str, channel: str = "oncall", helper: str = "a-bob") -> tuple[Conversation, Case]:
    conversation = thread_of(
        [
            {
                "author": "r-ann",
                "role": "requester",
                "text": "consumer group billing lag keeps growing after a restart, KFK-77",
            },
            {"author": helper, "role": "requester" if helper == "r-ann" else "analyst", "text": answer},
            {"author": "r-ann", "role": "requester", "text": "that fixed it, thanks"},
        ],
        ref=thread_ref(thread, channel=channel),
    )
    return conversation, resolved(conversation)


GROW = "Set `session.timeout.ms` to 45000 and rebalance the group."


async def test_an_entry_names_its_thread_its_messages_and_whose_word_it_is() -> None:
    conversation, case = lag("t1", answer=GROW)
    world = World((conversation, case))
    report = await world.run()
    (source,) = world.only.sources
    assert source.thread_id == conversation.ref.key
    assert source.message_ids == ("m1", "m2")
    assert source.permalink == "https://chat.test/m2"
    assert source.evidence is EvidenceClass.REQUESTER_CONFIRMED
    assert report.entry_ids == (entry_id(case.conversation),)
    assert world.only.created_at == NOW
    assert world.only.confidence is Confidence.NOT_VALIDATED


@pytest.mark.parametrize(
    ("learned", "audience"),
    [
        (LearnedAudience.CHANNEL, Audience(workspace="T1", channels=("oncall",))),
        (LearnedAudience.WORKSPACE, Audience(workspace="T1")),
        (LearnedAudience.EVERYONE, Audience()),
    ],
)
async def test_who_may_see_an_entry_is_what_its_channel_says(learned: LearnedAudience, audience: Audience) -> None:
    world = World(lag("t1", answer=GROW), policy=Policy(audience=learned))
    await world.run()
    assert world.only.audience == audience


async def test_a_second_run_changes_nothing() -> None:
    world = World(lag("t1", answer=GROW))
    await world.run()
    again = await world.run(now=NOW + 60)
    assert again.cases == 0
    assert len(world.base.versions) == 1


async def test_a_crash_before_the_case_is_marked_gives_the_entry_once() -> None:
    world = World(lag("t1", answer=GROW))
    key = next(iter(world.cases.stored))
    world.cases.stale.add(key)
    first = await world.run()
    assert (first.left, len(world.base.entries)) == (1, 1)
    world.cases.stale.clear()
    second = await world.run(now=NOW + 60)
    assert (second.unchanged, second.left) == (1, 0)
    assert len(world.base.versions) == 1


async def test_a_crash_while_storing_is_made_good_by_the_next_run() -> None:
    world = World(lag("t1", answer=GROW), lag("t2", answer=GROW))
    world.base.puts_until_crash = 1
    with pytest.raises(SystemError):
        await world.run()
    world.base.puts_until_crash = None
    report = await world.run(now=NOW + 60)
    assert report.confirmed == 1
    assert len(world.only.sources) == 2


async def test_the_same_solution_in_another_thread_confirms_the_entry() -> None:
    world = World(lag("t1", answer=GROW))
    await world.run()
    world.add(*lag("t2", answer="You have to set `session.timeout.ms` to 45000, then rebalance the group."))
    report = await world.run(now=NOW + 60)
    assert report.confirmed == 1
    assert world.only.confidence is Confidence.VALIDATED
    assert [s.thread_id for s in world.only.sources] == ["local/T1/oncall/t1", "local/T1/oncall/t2"]
    assert world.base.versions[-1].kind is ChangeKind.CONFIRM


async def test_a_confirming_thread_read_again_changes_nothing() -> None:
    world = World(lag("t1", answer=GROW), lag("t2", answer=GROW))
    await world.run()
    world.add(*lag("t2", answer=GROW))
    key = thread_ref("t2").key
    world.cases.stored[key] = replace(world.cases.stored[key], changed_at=NOW + 10)
    report = await world.run(now=NOW + 60)
    assert report.unchanged == 1
    assert len(world.base.versions) == 2


async def test_another_solution_of_the_same_problem_is_kept_beside_the_first_and_says_so() -> None:
    world = World(lag("t1", answer=GROW))
    await world.run()
    world.add(*lag("t2", answer="Delete the stale member with `kafka-groups --remove billing-3`, it blocks the group."))
    report = await world.run(now=NOW + 60)
    assert report.contradicted == 1
    assert len(world.base.entries) == 2
    assert entry_id("local/T1/oncall/t1") in world.base.versions[-1].why


async def test_a_case_resolved_again_updates_its_entry() -> None:
    world = World(lag("t1", answer=GROW))
    await world.run()
    conversation = said(
        ("r-ann", "consumer group billing lag keeps growing after a restart, KFK-77"),
        ("a-bob", GROW),
        ("r-ann", "that fixed it, thanks"),
        ("r-ann", "it is back, still growing"),
        ("a-bob", "Then raise `max.poll.records` to 500 as well, the batches are too small."),
        ("r-ann", "now it is stable, thanks"),
    )
    world.add(conversation, replace(resolved(conversation), changed_at=NOW + 30, reopened=1))
    report = await world.run(now=NOW + 60)
    assert report.updated == 1
    assert "max.poll.records" in world.only.resolution
    assert (world.only.version, world.only.created_at) == (2, NOW)


async def test_what_a_person_edited_is_not_overwritten() -> None:
    world = World(lag("t1", answer=GROW))
    await world.run()
    edited = replace(world.only, resolution="Ask the platform team.")
    await world.base.put(edited, kind=ChangeKind.EDIT, by="kim", why="", at=NOW + 1)
    conversation, case = lag("t1", answer="Set `session.timeout.ms` to 60000, no less.")
    world.add(conversation, replace(case, changed_at=NOW + 30))
    report = await world.run(now=NOW + 60)
    assert report.unchanged == 1
    assert world.only.resolution == "Ask the platform team."


async def test_what_a_person_archived_stays_archived() -> None:
    world = World(lag("t1", answer=GROW))
    await world.run()
    archived = replace(world.only, confidence=Confidence.ARCHIVED)
    await world.base.put(archived, kind=ChangeKind.ARCHIVE, by="kim", why="", at=NOW + 1)
    conversation, case = lag("t1", answer=GROW)
    world.add(conversation, replace(case, changed_at=NOW + 30))
    report = await world.run(now=NOW + 60)
    assert report.rejected == {"its entry was archived or replaced": 1}
    assert world.only.confidence is Confidence.ARCHIVED


async def test_a_thread_of_a_private_channel_neither_changes_nor_joins_an_entry_for_all() -> None:
    world = World(lag("t1", answer=GROW))
    await world.run()
    world.policy = Policy(audience=LearnedAudience.CHANNEL)
    world.add(*lag("t2", answer=GROW, channel="secret"))
    report = await world.run(now=NOW + 60)
    assert report.added == 1
    wide, narrow = world.base.entries.values()
    assert (wide.audience, len(wide.sources)) == (Audience(workspace="T1"), 1)
    assert narrow.audience == Audience(workspace="T1", channels=("secret",))
    assert not narrow.audience.allows(Viewer(workspace_id="T1", channel_id="oncall"))


async def test_a_channel_that_became_private_takes_its_entry_with_it() -> None:
    world = World(lag("t1", answer=GROW))
    await world.run()
    world.policy = Policy(audience=LearnedAudience.CHANNEL)
    conversation, case = lag("t1", answer=GROW)
    world.add(conversation, replace(case, changed_at=NOW + 30))
    await world.run(now=NOW + 60)
    assert world.only.audience == Audience(workspace="T1", channels=("oncall",))


async def test_nothing_is_learned_where_learning_is_off() -> None:
    world = World(lag("t1", answer=GROW), policy=Policy(learn=False))
    report = await world.run()
    assert world.base.entries == {}
    assert report.rejected == {"learning is off in this channel": 1}


async def test_only_cases_changed_since_a_time_are_looked_at_when_asked() -> None:
    world = World(lag("t1", answer=GROW))
    assert (await world.run(since=NOW)).cases == 0
    assert (await world.run(since=START)).added == 1


async def test_what_only_the_requester_said_is_weak_evidence() -> None:
    conversation = said(
        ("r-ann", "billing lag keeps growing, KFK-77"),
        ("a-bob", "which group?"),
        ("r-ann", "the fix was to set `session.timeout.ms` to 45000"),
    )
    world = World((conversation, resolved(conversation)))
    await world.run()
    assert world.only.sources[0].evidence is EvidenceClass.SOMEBODY_SAID


class DownReasoner(BuiltinReasoner):
    """A reasoner whose model does not answer."""

    async def extract(self, conversation: Conversation, case: Case) -> DraftEntry | None:
        raise ModelUnavailable(f"no answer about {conversation.ref.key}, {case.state}")


async def test_a_model_that_is_down_leaves_the_case_for_the_next_run() -> None:
    world = World(lag("t1", answer=GROW), reasoner=DownReasoner())
    report = await world.run()
    assert (report.cases, report.left) == (1, 1)
    assert all(case.distilled_at is None for case in world.cases.stored.values())


async def test_a_thread_that_is_not_stored_is_counted_and_not_looked_at_again() -> None:
    ref = ConversationRef(platform="local", workspace_id="T1", channel_id="oncall", thread_id="gone")
    case = Case(conversation=ref.key, state=CaseState.CLOSED, opened_at=START, changed_at=START, closed_at=START)
    world = World()
    world.cases.stored[ref.key] = case
    assert (await world.run()).rejected == {"nothing is stored of the thread": 1}
    assert (await world.run(now=NOW + 60)).cases == 0
