"""Which posts are wrong by now, and what they say instead."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from knowledge.recall import Fault, Known, Recall, beside, cited, recalls
from vigil_bot.model.card import QuoteBlock
from vigil_bot.model.knowledge import Audience, Confidence, EvidenceClass, KnowledgeEntry, Source
from vigil_bot.model.suggestion import Citation, Suggestion, SuggestionState
from vigil_bot.model.work import PostOp

THREAD = "slack/T1/C1/t1"
ENTRY = KnowledgeEntry(
    id="e1",
    title="pods crash",
    issue="The pods crash since the rotation.",
    resolution="The sidecar caches the certificate. Run `kubectl rollout restart`. Then wait a minute.",
    audience=Audience(workspace="T1"),
)
EDITED = replace(ENTRY, version=2, resolution="Run `certctl rotate`. Then wait a minute.")
GONE = replace(ENTRY, version=2, confidence=Confidence.ARCHIVED)
NEWER = replace(ENTRY, id="e2", resolution="Run `certctl rotate`.")
OLD = replace(ENTRY, version=2, superseded_by="e2")


def quoting(quote: str, *, entry: KnowledgeEntry = ENTRY, **more: object) -> Suggestion:
    citation = Citation(entry_id=entry.id, version=entry.version, title="t", quote=quote)
    made = Suggestion(
        id="s1",
        conversation=THREAD,
        message_id="m1",
        text=quote,
        citations=(citation,),
        state=SuggestionState.POSTED,
        created_at=1.0,
        posted_id="p1",
    )
    return replace(made, **more)  # type: ignore[arg-type]


SAID = quoting("Run `kubectl rollout restart`.")


def known(*entries: KnowledgeEntry, then: KnowledgeEntry = ENTRY) -> Known:
    return Known(now={e.id: e for e in entries}, then={(then.id, then.version): then})


def one(suggestion: Suggestion, *entries: KnowledgeEntry) -> Recall:
    [found] = recalls([suggestion], known(*entries))
    return found


def quotes(recall: Recall) -> list[str]:
    return [block.text for block in recall.card.blocks if isinstance(block, QuoteBlock)]


def test_what_still_stands_is_left_alone() -> None:
    spelling = replace(ENTRY, version=2, title="Pods crash", issue="The pods crash since we rotated.")
    for entry in (ENTRY, spelling, replace(ENTRY, version=2, sources=(Source(thread_id="x"),))):
        assert recalls([SAID], known(entry)) == []


def test_what_was_quoted_and_has_changed_is_corrected_in_place() -> None:
    found = one(SAID, EDITED)
    assert (found.fault, found.entry, quotes(found)) == (Fault.CORRECTED, EDITED, [EDITED.resolution])
    assert (found.post.op, found.post.target_key) == (PostOp.EDIT, "s1")
    assert found.corrected.state is SuggestionState.CORRECTED
    assert found.corrected.instead is not None
    assert found.corrected.instead.version == 2


def test_sentences_that_a_model_joined_are_looked_for_one_by_one() -> None:
    joined = quoting("The sidecar caches the certificate. Then wait a minute.")
    middle = replace(ENTRY, version=2, resolution=ENTRY.resolution.replace("rollout restart", "delete pod"))
    assert recalls([joined], known(middle)) == []  # what it left out has changed
    assert one(joined, EDITED).fault is Fault.CORRECTED


def test_a_quote_that_was_cut_off_stands_while_its_beginning_does() -> None:
    cut = quoting("The sidecar caches the certificate. Run `kubectl rol…")
    longer = replace(ENTRY, version=2, resolution=ENTRY.resolution + " Then look at the log.")
    assert recalls([cut], known(longer)) == []
    assert one(cut, EDITED).fault is Fault.CORRECTED


def test_a_citation_without_a_quote_is_wrong_when_the_solution_changed() -> None:
    bare = quoting("")
    assert recalls([bare], known(replace(ENTRY, version=2, title="other"))) == []
    assert one(bare, EDITED).fault is Fault.CORRECTED


def test_what_is_archived_forgotten_or_no_longer_for_the_channel_is_taken_back_without_its_words() -> None:
    elsewhere = replace(ENTRY, version=2, audience=Audience(workspace="T1", channels=("C9",)))
    for entries in ((GONE,), (), (elsewhere,)):
        found = one(SAID, *entries)
        assert (found.fault, found.entry, quotes(found), found.corrected.instead) == (Fault.WITHDRAWN, None, [], None)


def test_what_was_replaced_shows_what_replaced_it_as_far_as_it_may_be_seen() -> None:
    found = one(SAID, OLD, NEWER)
    assert (found.fault, found.entry) == (Fault.SUPERSEDED, NEWER)
    hidden = replace(NEWER, audience=Audience(workspace="T2"))
    waits = replace(NEWER, contradicts=("e9",))
    for newer in (hidden, waits, replace(NEWER, confidence=Confidence.ARCHIVED)):
        assert one(SAID, OLD, newer).fault is Fault.WITHDRAWN
    assert one(SAID, OLD).fault is Fault.WITHDRAWN  # what replaced it was forgotten


def test_what_was_merged_into_the_same_words_is_left_alone() -> None:
    assert recalls([SAID], known(OLD, replace(NEWER, resolution=ENTRY.resolution))) == []


def test_entries_that_replace_each_other_in_a_circle_end() -> None:
    circle = replace(NEWER, superseded_by="e1")
    assert one(SAID, OLD, circle).fault is Fault.WITHDRAWN


def test_what_was_corrected_is_put_right_again_when_it_changes_again_and_only_then() -> None:
    first = one(SAID, EDITED)
    assert recalls([first.corrected], known(EDITED)) == []
    assert recalls([first.corrected], known(replace(EDITED, version=3, title="new"))) == []
    again = replace(EDITED, version=3, resolution="Run `certctl renew`.")
    second = one(first.corrected, again)
    assert quotes(second) == ["Run `certctl renew`."]
    assert second.post.key != first.post.key
    assert second.notice(now=0.0).key != first.notice(now=0.0).key


def test_what_was_taken_back_and_stands_again_is_shown_again() -> None:
    gone = one(SAID, GONE)
    assert recalls([gone.corrected], known(GONE)) == []
    back = one(gone.corrected, replace(ENTRY, version=3))
    assert (back.fault, quotes(back)) == (Fault.CORRECTED, [ENTRY.resolution])


def test_only_what_all_people_see_is_edited_and_only_the_newest_words_of_a_post() -> None:
    hidden = [replace(SAID, private=True), *(replace(SAID, state=s) for s in SuggestionState if s not in _VISIBLE)]
    for suggestion in hidden:
        assert recalls([suggestion], known(EDITED)) == []
    later = replace(quoting("Then wait a minute."), id="s2")  # edited over s1: the same message
    assert recalls([SAID, later], known(EDITED)) == []
    assert [r.suggestion.id for r in recalls([SAID, later], known(GONE))] == ["s2"]


_VISIBLE = (SuggestionState.POSTED, SuggestionState.CORRECTED)


def correction(thread: str) -> KnowledgeEntry:
    source = Source(thread_id=thread, message_ids=("m9",), evidence=EvidenceClass.ANALYST_SAID)
    return replace(NEWER, id="c-1", contradicts=("e1",), sources=(source,))


def test_an_analysts_correction_is_shown_where_it_was_said_and_elsewhere_once_it_is_decided() -> None:
    disputed = replace(ENTRY, version=2, contradicts=("c-1",))
    here = one(SAID, disputed, correction(THREAD))
    assert (here.fault, here.heard, quotes(here)) == (Fault.CORRECTED, True, [NEWER.resolution])
    assert "validated" in here.card.footer
    assert recalls([SAID], known(disputed, correction("slack/T1/C1/t9"))) == []

    decided = replace(ENTRY, version=3, superseded_by="c-1")
    right = replace(correction("slack/T1/C1/t9"), contradicts=(), confidence=Confidence.VALIDATED)
    there = one(SAID, decided, right)
    assert (there.fault, there.heard, there.card.footer) == (Fault.SUPERSEDED, False, "")
    assert recalls([here.corrected], known(decided, replace(right, sources=correction(THREAD).sources))) == []


def test_a_correction_that_is_rejected_gives_its_place_back() -> None:
    disputed = replace(ENTRY, version=2, contradicts=("c-1",))
    here = one(SAID, disputed, correction(THREAD))
    rejected = replace(correction(THREAD), confidence=Confidence.ARCHIVED, contradicts=())
    back = one(here.corrected, replace(ENTRY, version=3), rejected)
    assert quotes(back) == [ENTRY.resolution]


def test_a_notice_is_one_for_a_thread_comes_to_nothing_when_late_and_heeds_mutes() -> None:
    second = replace(SAID, id="s2", posted_id="p2")
    first, other = recalls([SAID, second], known(EDITED))
    assert first.post.key != other.post.key
    told = first.notice(now=100.0)
    assert told.key == other.notice(now=100.0).key
    assert (told.op, told.target_key, told.heeds_mutes) == (PostOp.POST, None, True)
    assert told.expires_at is not None
    assert told.expires_at > 100.0


def test_what_must_be_read_is_named() -> None:
    assert cited([SAID, replace(SAID, id="s2")]) == list(SAID.citations)
    assert beside(replace(OLD, contradicts=("e7",))) == ("e7", "e2")


@given(
    history=st.lists(st.sampled_from([ENTRY, EDITED, GONE, OLD, replace(EDITED, version=5)]), min_size=1, max_size=6),
    newer=st.booleans(),
)
def test_a_second_look_at_the_same_entries_changes_nothing(*, history: list[KnowledgeEntry], newer: bool) -> None:
    suggestion = SAID
    for version, entry in enumerate(history, 2):
        now = known(replace(entry, version=version), *((NEWER,) if newer else ()))
        for found in recalls([suggestion], now):
            suggestion = found.corrected
        assert recalls([suggestion], now) == []
