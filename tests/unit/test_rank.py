import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.analyze import analyze
from knowledge.features import analyze_entry, features, trust_of
from knowledge.rank import DAY_S, Candidate, families, rank
from knowledge.score import DEFAULT_THRESHOLD
from vigil_bot.model.knowledge import Confidence, EvidenceClass, Hit, KnowledgeEntry, Source

SCENES = Path(__file__).parents[1] / "scenes" / "relevance.jsonl"
BOTH = frozenset({"en", "zh"})
NOW = 1_700_000_000.0


def entry(entry_id: str, issue: str, resolution: str = "Restart it.") -> KnowledgeEntry:
    return KnowledgeEntry(id=entry_id, issue=issue, resolution=resolution)


def ranked(question: str, *entries: KnowledgeEntry, cosines: tuple[float, ...] = ()) -> list[Hit]:
    known = cosines or (None,) * len(entries)
    candidates = [
        Candidate(entry=e, analyzed=analyze_entry(e), cosine=cosine) for e, cosine in zip(entries, known, strict=True)
    ]
    return rank(analyze(question), candidates, embedder="minilm", spoken=frozenset({"en"}) if cosines else frozenset())


def test_an_exact_error_code_comes_first() -> None:
    hits = ranked(
        "gateway fails with PGW-5031",
        entry("a", "The gateway fails with PGW-5030 at night, the gateway fails often"),
        entry("b", "We see PGW-5031"),
    )
    assert [hit.entry.id for hit in hits] == ["b", "a"]


def test_another_code_of_the_same_family_is_another_problem() -> None:
    [hit] = ranked(
        "callbacks of the provider fail with PAY-2207", entry("a", "callbacks of the provider fail with PAY-1102")
    )
    assert hit.features.identifiers == 0.0
    assert hit.score < DEFAULT_THRESHOLD


def test_vectors_find_what_is_said_in_other_words() -> None:
    hits = ranked(
        "my screen stays dark",
        entry("a", "screen resolution is wrong"),
        entry("b", "monitor shows no picture"),
        cosines=(0.4, 0.75),
    )
    assert hits[0].entry.id == "b"
    assert hits[0].score >= DEFAULT_THRESHOLD > hits[1].score


def of_day(entry_id: str, issue: str, *, days_ago: float, **more: object) -> KnowledgeEntry:
    return replace(entry(entry_id, issue), created_at=NOW - days_ago * DAY_S, **more)  # type: ignore[arg-type]


def test_of_cases_that_match_alike_the_newest_is_meant() -> None:
    issue = "uploads stop at half of the file"
    old, new = of_day("a", issue, days_ago=300), of_day("b", f"{issue} again", days_ago=3)
    assert [hit.entry.id for hit in ranked("uploads stop at half of the file", old, new)] == ["b", "a"]
    found_right = replace(old, right_at=NOW - 3 * DAY_S)
    assert [hit.entry.id for hit in ranked("uploads stop at half of the file", found_right, new)] == ["a", "b"]


@pytest.mark.parametrize(
    "more",
    [
        {"confidence": Confidence.VALIDATED},
        {"sources": (Source(evidence=EvidenceClass.DOCUMENT, document="faq.md"),)},
    ],
)
def test_what_was_validated_and_what_a_document_says_do_not_age(more: dict[str, object]) -> None:
    issue = "uploads stop at half of the file"
    others = [of_day(f"o{n}", f"something else number {n}", days_ago=days) for n, days in enumerate((2, 40, 300))]
    old, newer = of_day("a", issue, days_ago=3_000, **more), of_day("b", f"{issue} yes", days_ago=200)
    assert ranked("uploads stop at half of the file", old, newer, *others)[0].entry.id == "a"


def test_age_says_nothing_of_how_well_an_entry_matches() -> None:
    issue = "uploads stop at half of the file"
    [new] = ranked(issue, of_day("a", issue, days_ago=0))
    [old] = ranked(issue, of_day("a", issue, days_ago=900))
    assert old.score == new.score


def test_an_error_code_outweighs_any_age() -> None:
    new = [of_day(f"n{n}", f"the gateway fails at night, number {n}", days_ago=0) for n in range(5)]
    old = of_day("old", "We see PGW-5031", days_ago=5_000)
    assert ranked("the gateway fails at night with PGW-5031", *new, old)[0].entry.id == "old"


def test_verdicts_decide_between_entries_that_match_alike() -> None:
    liked = replace(entry("z", "disk is full on node-7"), helpful=5)
    disliked = replace(entry("a", "disk is full on node-7"), unhelpful=5)
    assert [hit.entry.id for hit in ranked("disk full on node-7", disliked, liked)] == ["z", "a"]


def test_verdicts_do_not_lift_what_matches_worse() -> None:
    liked = replace(entry("a", "printer prints blank pages"), helpful=100, confidence=Confidence.VALIDATED)
    assert ranked("disk full on node-7", liked, entry("b", "disk is full on node-7"))[0].entry.id == "b"


def test_trust_moves_with_verdicts_and_starts_from_the_confidence() -> None:
    fresh = entry("a", "x")
    assert trust_of(replace(fresh, unhelpful=3)) < trust_of(fresh) < trust_of(replace(fresh, helpful=3))
    assert trust_of(fresh) < trust_of(replace(fresh, confidence=Confidence.VALIDATED))


def test_whose_word_it_is_counts_until_somebody_has_validated_it() -> None:
    by_rank = [
        Source(evidence=EvidenceClass.REQUESTER_CONFIRMED),
        Source(evidence=EvidenceClass.ANALYST_SAID),
        Source(evidence=EvidenceClass.SOMEBODY_SAID),
        Source(evidence=EvidenceClass.DOCUMENT, document="runbooks/a.md", revision="4f2c"),
        Source(evidence=EvidenceClass.DOCUMENT, document="a.md"),
        Source(evidence=EvidenceClass.LINK, document="https://docs.example.com/a"),
    ]
    entries = [replace(entry(str(n), "disk is full"), sources=(source,)) for n, source in enumerate(by_rank)]
    trusts = [trust_of(one) for one in entries]
    assert trusts == sorted(set(trusts), reverse=True)
    assert [hit.entry.id for hit in ranked("disk is full", *reversed(entries))] == [str(n) for n in range(6)]
    both = replace(entries[-1], sources=(by_rank[-1], by_rank[0]))
    assert trust_of(both) == trusts[0]
    assert {trust_of(replace(one, confidence=Confidence.VALIDATED)) for one in entries} == {
        trust_of(replace(entry("v", "x"), confidence=Confidence.VALIDATED))
    }


def test_entries_that_say_nearly_the_same_are_one_hit() -> None:
    entries = [
        entry("a", "VPN drops every ten minutes on wifi"),
        entry("b", "The VPN drops every ten minutes on wifi!"),
        entry("c", "VPN asks for a code"),
    ]
    hits = families(ranked("VPN drops", *entries), {e.id: analyze_entry(e) for e in entries})
    assert [hit.entry.id for hit in hits] == ["a", "c"]


def test_the_score_does_not_depend_on_what_else_is_known() -> None:
    right, others = entry("a", "VPN drops on wifi"), [entry(f"o{i}", f"VPN topic {i} on wifi") for i in range(50)]
    alone = ranked("VPN drops on wifi", right)[0].score
    among = next(hit.score for hit in ranked("VPN drops on wifi", right, *others) if hit.entry.id == "a")
    assert alone == among


def scenes() -> Iterator[tuple[str, dict[str, str], list[tuple[str, str | None]]]]:
    for line in SCENES.read_text(encoding="utf-8").splitlines():
        scene = json.loads(line)
        cases = {case["id"]: case["issue"] for case in scene["cases"]}
        yield scene["id"], cases, [(q["text"], q["finds"]) for q in scene["questions"]]


def test_by_words_alone_chinese_questions_find_their_case_and_the_others_none() -> None:
    asked = said = right = 0
    for scene_id, cases, questions in scenes():
        if not scene_id.startswith("zh"):
            continue
        for text, finds in questions:
            hits = ranked(text, *(entry(case_id, issue) for case_id, issue in cases.items()))
            best = max(hits, key=lambda hit: hit.score)
            asked += finds is not None
            said += best.score >= DEFAULT_THRESHOLD
            right += best.score >= DEFAULT_THRESHOLD and best.entry.id == finds
    assert right / asked >= 0.88
    assert right / said >= 0.93


@pytest.mark.parametrize(
    "chatter",
    ["good morning everyone, who is coming to lunch at 12?", "谢谢大家，辛苦了", "重启失败", "an error again", ""],
)
def test_chatter_and_generic_words_are_about_nothing(chatter: str) -> None:
    hits = ranked(
        chatter,
        entry("a", "payments-gateway pods fail with error PGW-5031 since we rotated the TLS certificate this morning."),
        entry("b", "消费者组 lag 一直在涨，重启之后也没有恢复，应该怎么处理？"),
    )
    assert max(hit.score for hit in hits) < 0.1


@given(st.text(max_size=200), st.text(max_size=200), st.floats(-1, 1))
def test_features_of_any_texts_lie_between_zero_and_one(question: str, issue: str, cosine: float) -> None:
    found = features(
        analyze(question),
        analyze_entry(entry("a", issue)),
        grams=frozenset(analyze(question).ngrams),
        cosine=cosine,
        trust=0.5,
    )
    values = (
        found.cosine,
        found.coverage,
        found.title_coverage,
        found.covered,
        found.evidence,
        found.symptoms,
        found.ngrams,
    )
    assert all(0.0 <= value <= 1.0 + 1e-9 for value in values)
    assert found.identifiers == -1.0 or 0.0 <= found.identifiers <= 1.0
