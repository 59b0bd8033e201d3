"""New, known, better known, disputed, or not worth keeping."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.audience import narrower
from knowledge.merge import Add, Confirm, Contradict, Reject, Supersede, Update, merge, same_resolution
from vigil_bot.model.knowledge import Audience, Confidence, EvidenceClass, Hit, KnowledgeEntry, Source, Viewer

ISSUE = "consumer group billing lag keeps growing after a restart, KFK-77"
FIX = "Set `session.timeout.ms` to 45000 and rebalance the group."
KNOWN = KnowledgeEntry(
    id="e-1",
    title="billing lag keeps growing",
    issue=ISSUE,
    resolution=FIX,
    sources=(Source(thread_id="t1", evidence=EvidenceClass.ANALYST_SAID),),
)
DRAFT = replace(KNOWN, id="e-2", sources=(Source(thread_id="t2", evidence=EvidenceClass.REQUESTER_CONFIRMED),))
WEAK = (Source(thread_id="t2", evidence=EvidenceClass.SOMEBODY_SAID),)


def hits(*entries: KnowledgeEntry, score: float = 0.9) -> list[Hit]:
    return [Hit(entry=entry, score=score) for entry in entries]


def test_what_has_no_neighbour_is_new() -> None:
    assert merge(DRAFT, []) == Add(entry=DRAFT)


def test_another_problem_is_new() -> None:
    other = replace(KNOWN, title="VPN drops", issue="the VPN drops every ten minutes on the train")
    assert merge(DRAFT, hits(other)) == Add(entry=DRAFT)


def test_another_error_code_is_another_problem_however_alike_the_words() -> None:
    assert isinstance(merge(replace(DRAFT, issue=ISSUE.replace("77", "78")), hits(KNOWN)), Add)


def test_the_same_solution_confirms_with_its_source_and_more_trust() -> None:
    change = merge(DRAFT, hits(KNOWN))
    assert isinstance(change, Confirm)
    assert change.entry.id == "e-1"
    assert [s.thread_id for s in change.entry.sources] == ["t1", "t2"]
    assert change.entry.confidence is Confidence.VALIDATED


def test_weak_words_confirm_without_more_trust() -> None:
    change = merge(replace(DRAFT, sources=WEAK), hits(KNOWN))
    assert isinstance(change, Confirm)
    assert change.entry.confidence is Confidence.NOT_VALIDATED


def test_the_same_thread_does_not_confirm_itself() -> None:
    change = merge(replace(DRAFT, sources=KNOWN.sources), hits(KNOWN))
    assert isinstance(change, Confirm)
    assert change.entry.confidence is Confidence.NOT_VALIDATED
    assert len(change.entry.sources) == 1


LONGER = FIX + " Raise `max.poll.records` as well, small batches make the consumers leave."


def test_a_longer_compatible_solution_updates() -> None:
    change = merge(replace(DRAFT, resolution=LONGER), hits(KNOWN))
    assert isinstance(change, Update)
    assert (change.entry.id, change.entry.resolution) == ("e-1", LONGER)


def test_the_requester_alone_does_not_change_the_words_of_a_validated_entry() -> None:
    validated = replace(KNOWN, confidence=Confidence.VALIDATED)
    assert isinstance(merge(replace(DRAFT, resolution=LONGER, sources=WEAK), hits(validated)), Reject)


def test_weak_words_do_not_lengthen_what_an_analyst_said() -> None:
    change = merge(replace(DRAFT, resolution=LONGER, sources=WEAK), hits(KNOWN))
    assert isinstance(change, Confirm)
    assert change.entry.resolution == FIX


def test_weak_words_that_contradict_wait_alone() -> None:
    draft = replace(DRAFT, resolution="Delete the stale member with `kafka-groups --remove billing-3`.", sources=WEAK)
    change = merge(draft, hits(KNOWN))
    assert isinstance(change, Contradict)
    assert change.entry.waits
    assert change.other is None


def test_a_contradiction_of_what_more_people_see_waits_alone() -> None:
    draft = replace(
        DRAFT,
        resolution="Delete the stale member with `kafka-groups --remove billing-3`.",
        audience=Audience(workspace="T1", channels=("c",)),
    )
    change = merge(draft, hits(KNOWN))
    assert isinstance(change, Contradict)
    assert change.other is None


def test_what_waits_is_not_lifted_by_another_thread() -> None:
    change = merge(DRAFT, hits(replace(KNOWN, contradicts=("e-7",))))
    assert isinstance(change, Confirm)
    assert change.entry.confidence is Confidence.NOT_VALIDATED


def test_another_solution_of_the_same_problem_contradicts_and_names_the_known_one() -> None:
    draft = replace(DRAFT, resolution="Delete the stale member with `kafka-groups --remove billing-3`.")
    change = merge(draft, hits(KNOWN))
    assert isinstance(change, Contradict)
    assert change.entry == replace(draft, contradicts=("e-1",))
    assert change.other == replace(KNOWN, contradicts=("e-2",))
    assert "e-1" in change.why


OBSOLETE = (
    "Since 3.7 `session.timeout.ms` is no longer used, set `consumer.session.timeout` instead and rebalance the group."
)


def test_a_solution_that_calls_the_known_one_out_of_date_supersedes_it() -> None:
    change = merge(replace(DRAFT, resolution=OBSOLETE), hits(KNOWN))
    assert isinstance(change, Supersede)
    assert (change.entry.id, change.old.id) == ("e-2", "e-1")


def test_weak_words_supersede_nothing() -> None:
    change = merge(replace(DRAFT, resolution=OBSOLETE, sources=WEAK), hits(KNOWN))
    assert isinstance(change, Contradict)


@pytest.mark.parametrize(
    "thin", [replace(DRAFT, issue="help"), replace(DRAFT, resolution="ok"), replace(DRAFT, resolution="")]
)
def test_what_is_too_thin_is_rejected(thin: KnowledgeEntry) -> None:
    assert isinstance(merge(thin, hits(KNOWN)), Reject)


def test_an_entry_that_more_people_see_is_left_alone() -> None:
    private = replace(DRAFT, audience=Audience(workspace="T1", channels=("c",)))
    assert merge(private, hits(KNOWN)) == Add(entry=private)


def test_an_archived_or_replaced_neighbour_does_not_count() -> None:
    gone = (replace(KNOWN, confidence=Confidence.ARCHIVED), replace(KNOWN, superseded_by="e-9"))
    assert isinstance(merge(DRAFT, hits(*gone)), Add)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (FIX, "You have to set `session.timeout.ms` to 45000, then rebalance the group.", True),
        (FIX, FIX.replace("45000", "30000"), False),
        ("Restart the gateway pods.", "Do not restart the gateway pods.", False),
        ("Restart the gateway pods.", "Renew the certificate.", False),
        ("Run `systemctl restart nginx`.", "It was nginx again: `systemctl restart nginx`", True),
        ("把超时调到 45000，再执行一次 rebalance", "超时调到 45000 再 rebalance 一次就行", True),
        ("把超时调到 45000", "不要把超时调到 45000", False),
        ("重启网关即可", "续期证书", False),
    ],
)
def test_two_solutions_are_the_same_when_they_do_the_same(one: str, other: str, *, same: bool) -> None:
    assert same_resolution(one, other) is same
    assert same_resolution(other, one) is same


AUDIENCES = st.builds(
    Audience,
    workspace=st.sampled_from(["*", "T1", "T2"]),
    channels=st.lists(st.sampled_from("abc"), unique=True, max_size=3).map(tuple),
)
VIEWERS = st.builds(Viewer, workspace_id=st.sampled_from(["T1", "T2"]), channel_id=st.sampled_from("abc"))


@given(AUDIENCES, AUDIENCES, VIEWERS)
def test_two_sources_together_are_seen_by_those_who_may_see_both(
    one: Audience, other: Audience, viewer: Viewer
) -> None:
    both = narrower(one, other)
    assert (both is not None and both.allows(viewer)) == (one.allows(viewer) and other.allows(viewer))
