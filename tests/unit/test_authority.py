"""Whose word counts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.authority import Voice, evidence_of, newest, outsiders, used_well, without_strange_links
from knowledge.resolution import Evidence
from vigil_bot.model.case import Case, CaseState
from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Role
from vigil_bot.model.feedback import Verdict
from vigil_bot.model.knowledge import Confidence, DraftEntry, EvidenceClass, KnowledgeEntry, Quoted, Source

REF = ConversationRef(platform="slack", workspace_id="T1", channel_id="C1", thread_id="t1")
CASE = Case(conversation=REF.key, state=CaseState.RESOLVED, opened_at=0.0, changed_at=9.0, requester_id="rita")
ENTRY = KnowledgeEntry(
    id="e1",
    issue="it is broken",
    resolution="mend it",
    sources=(Source(thread_id=REF.key, author_ids=("rita",), evidence=EvidenceClass.REQUESTER_CONFIRMED),),
)


def said(*lines: tuple[str, Role, str]) -> Conversation:
    return Conversation(
        ref=REF,
        messages=tuple(
            Message(id=f"m{n}", conversation=REF, author=Author(id=who, role=role), text=text, sent_at=float(n))
            for n, (who, role, text) in enumerate(lines)
        ),
    )


def voice(who: str, verdict: Verdict = Verdict.HELPFUL, role: Role = Role.ANALYST, **more: object) -> Voice:
    return replace(Voice(author_id=who, role=role, verdict=verdict, at=1.0), **more)  # type: ignore[arg-type]


def asker(who: str, verdict: Verdict = Verdict.RESOLVED) -> Voice:
    return voice(who, verdict, Role.REQUESTER, asker=True)


THREAD = said(
    ("rita", Role.UNKNOWN, "help"), ("anna", Role.ANALYST, "do this"), ("bob", Role.UNKNOWN, "or http://x.test/y")
)


def test_the_asker_is_an_outsider_and_everybody_else_where_analysts_are_named() -> None:
    assert outsiders(THREAD, CASE, ()) == {"rita"}
    assert outsiders(THREAD, CASE, ("zoe",)) == {"rita", "bob"}
    assert outsiders(THREAD, replace(CASE, requester_id="anna"), ()) == {"rita"}  # an analyst who asked is none
    assert outsiders(said(("rita", Role.REQUESTER, "a"), ("ravi", Role.REQUESTER, "b")), CASE, ()) == {"rita", "ravi"}


def test_one_sentence_of_an_outsider_makes_a_resolution_weak_unless_an_analyst_marked_it() -> None:
    whole = DraftEntry(title="", issue=(), resolution=(Quoted(text="a", message_id="m1"),))
    mixed = replace(whole, resolution=(*whole.resolution, Quoted(text="b", message_id="m2")))
    confirmed = Evidence(strength=EvidenceClass.REQUESTER_CONFIRMED)
    strangers = {"rita", "bob"}
    assert evidence_of(whole, THREAD, confirmed, strangers) is EvidenceClass.REQUESTER_CONFIRMED
    assert evidence_of(mixed, THREAD, confirmed, strangers) is EvidenceClass.SOMEBODY_SAID
    marked = Evidence(strength=EvidenceClass.ANALYST_SAID, message_ids=("m2",))
    assert evidence_of(mixed, THREAD, marked, strangers) is EvidenceClass.ANALYST_SAID
    forged = replace(marked, strength=EvidenceClass.REQUESTER_CONFIRMED)
    assert evidence_of(mixed, THREAD, forged, strangers) is EvidenceClass.SOMEBODY_SAID


def test_an_outsiders_sentence_with_a_link_goes_and_takes_the_entry_with_it_when_nothing_is_left() -> None:
    issue = (Quoted(text="help", message_id="m0"),)
    link = Quoted(text="or http://x.test/y", message_id="m2")
    draft = DraftEntry(title="", issue=issue, resolution=(Quoted(text="do this", message_id="m1"), link))
    kept = without_strange_links(draft, THREAD, {"bob"})
    assert kept is not None
    assert [q.message_id for q in kept.resolution] == ["m1"]
    assert without_strange_links(replace(draft, resolution=(link,)), THREAD, {"bob"}) is None
    assert without_strange_links(replace(draft, resolution=(link,)), THREAD, set()) is not None


@pytest.mark.parametrize(
    ("voices", "validates"),
    [
        ([voice("anna"), voice("bob")], True),
        ([voice("anna", Verdict.ADOPTED), asker("ravi")], True),
        ([voice("anna", Verdict.ADOPTED)], False),
        ([voice("anna"), voice("anna", at=2.0)], False),
        ([voice("anna"), voice("bob", Verdict.NOT_HELPFUL), asker("ravi"), asker("rosa")], False),
        ([asker("ravi"), asker("rosa"), asker("li"), asker("mo")], False),
        ([voice("anna"), asker("rita")], False),  # the entry is rita's own words
        ([voice("anna"), *(voice(f"friend{n}", role=Role.REQUESTER) for n in range(50))], False),
        ([voice("anna"), *(voice(f"friend{n}", role=Role.UNKNOWN) for n in range(50))], False),
        ([voice("anna"), asker("ravi"), asker("rosa", Verdict.NOT_HELPFUL)], False),
        ([voice("anna"), voice("bob"), asker("rosa", Verdict.NOT_HELPFUL)], True),
        ([voice("anna", Verdict.NOT_HELPFUL), voice("anna", at=2.0), voice("bob")], True),  # anna changed her mind
        ([], False),
    ],
)
def test_an_entry_is_validated_by_analysts_who_used_it(voices: list[Voice], *, validates: bool) -> None:
    assert (used_well(ENTRY, voices) is Confidence.VALIDATED) is validates


@given(
    st.lists(
        st.builds(
            Voice,
            author_id=st.sampled_from("abcdef"),
            role=st.sampled_from([Role.REQUESTER, Role.UNKNOWN]),
            verdict=st.sampled_from(Verdict),
            at=st.floats(0, 100),
            asker=st.booleans(),
        )
    ),
    st.sampled_from(Confidence),
)
def test_without_an_analyst_nothing_ever_changes(voices: list[Voice], confidence: Confidence) -> None:
    assert used_well(replace(ENTRY, confidence=confidence), voices) is confidence


@pytest.mark.parametrize(
    "entry",
    [
        replace(ENTRY, confidence=Confidence.ARCHIVED),
        replace(ENTRY, contradicts=("e2",)),
    ],
)
def test_use_does_not_decide_about_what_waits_or_is_archived(entry: KnowledgeEntry) -> None:
    assert used_well(entry, [voice("anna"), voice("bob")]) is entry.confidence


def test_of_each_person_the_newest_word_counts_and_who_once_asked_stays_the_asker() -> None:
    heard = [asker("ravi"), voice("ravi", Verdict.NOT_HELPFUL, Role.REQUESTER, at=5.0)]
    assert newest(reversed(heard)) == [replace(heard[1], asker=True)]
