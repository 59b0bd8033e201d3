"""A reply quotes entries and says nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reasoner.draft import compose, quotation
from vigil_bot.model.knowledge import Hit, KnowledgeEntry, Source
from vigil_bot.model.suggestion import Draft, Question

QUESTION = Question(text="payments gateway fails with PGW-5031 after the certificate rotation", message_ids=("m1",))
FIX = "The sidecar keeps the old certificate in memory. Run `kubectl rollout restart deploy/payments-gateway -n pay`, then it loads the new one."


def entry(resolution: str, *, id: str = "e-1", issue: str = "PGW-5031 after certificate rotation") -> KnowledgeEntry:  # noqa: A002
    return KnowledgeEntry(
        id=id,
        title="PGW-5031 after rotation",
        issue=issue,
        resolution=resolution,
        sources=(Source(thread_id="t0"), Source(thread_id="t1", permalink=f"https://chat.test/{id}")),
    )


def draft(*resolutions: str, max_chars: int = 600, scores: tuple[float, ...] = (0.9, 0.9, 0.9)) -> Draft:
    hits = [
        Hit(entry=entry(r, id=f"e-{n}"), score=s) for n, (r, s) in enumerate(zip(resolutions, scores, strict=False), 1)
    ]
    return compose(QUESTION, hits, max_chars=max_chars)


def test_a_short_resolution_is_quoted_whole_with_its_number_and_link() -> None:
    reply = draft(FIX)
    assert reply.text == f"{FIX} [1]"
    (citation,) = reply.citations
    assert (citation.entry_id, citation.quote, citation.permalink) == ("e-1", FIX, "https://chat.test/e-1")


@pytest.mark.parametrize(
    "resolution",
    [
        "",
        "   ",
        "Which version do you use?",
        "I don't know, sorry.",
        "I'll look into it.",
        "Thanks!",
        "fixed now",
        "你用的是哪个版本？",
        "我看一下",
        "不太清楚",
        "已经恢复了",
        "稍等，我查查。有进展了吗？",
    ],
)
def test_what_does_not_answer_is_not_said(resolution: str) -> None:
    assert draft(resolution) == Draft()


def test_nothing_found_is_nothing_said() -> None:
    assert compose(QUESTION, [], max_chars=600) == Draft()


def test_social_talk_in_an_entry_is_left_out() -> None:
    assert draft("Hi Ann!\nRun `make certs`.\nHope this helps!").text == "Run `make certs`. [1]"


FENCED = "Apply this:\n```yaml\nspec:\n  concurrencyPolicy: Forbid\n\n  # what? yes.\n```\nThen wait for the next run."


def test_a_fence_is_quoted_whole_with_what_leads_to_it() -> None:
    assert draft(FENCED).text == f"{FENCED} [1]"
    short = draft(FENCED, max_chars=95).text
    assert short.startswith("Apply this:\n```yaml")
    assert short.endswith("```\n[1]")


def test_a_fence_that_does_not_fit_is_left_out_with_its_lead_in() -> None:
    assert draft(FENCED, max_chars=40).text == "Then wait for the next run. [1]"


def test_of_a_long_resolution_the_sentences_that_fit_the_question_are_quoted_in_their_order() -> None:
    filler = "The history of this product is long and many teams took part in it over the years."
    text = " ".join([filler, "The certificate rotation leaves PGW-5031 behind.", filler.replace("many", "other"), FIX])
    said = draft(text, max_chars=260).text
    assert "PGW-5031 behind" in said
    assert "kubectl rollout restart" in said
    assert said.index("PGW-5031") < said.index("kubectl")
    assert len(said) <= 260


def test_a_second_entry_that_adds_something_is_quoted_too() -> None:
    more = "If the pods still fail, delete the cached bundle with `rm -rf /var/cache/pgw` on each node and renew the issuer."
    reply = draft(FIX, more)
    assert reply.text == f"{FIX} [1]\n\n{more} [2]"
    assert [c.entry_id for c in reply.citations] == ["e-1", "e-2"]


def test_a_second_entry_that_repeats_or_scores_lower_is_not_quoted() -> None:
    assert len(draft(FIX, FIX.replace("The sidecar", "A sidecar")).citations) == 1
    more = "If the pods still fail, delete the cached bundle with `rm -rf /var/cache/pgw` on each node and renew the issuer."
    assert len(draft(FIX, more, scores=(0.9, 0.7)).citations) == 1


def test_an_entry_without_an_answer_gives_way_to_the_next() -> None:
    assert [c.entry_id for c in draft("Which version?", FIX).citations] == ["e-2"]


def test_chinese_sentences_stay_whole() -> None:
    text = "重启后分区分配卡住了，把 session.timeout.ms 调到 45000，再执行一次 rebalance 就可以恢复。有问题随时找我。"
    assert (
        draft(text).text
        == "重启后分区分配卡住了，把 session.timeout.ms 调到 45000，再执行一次 rebalance 就可以恢复。 [1]"
    )


WORDS = st.sampled_from(
    [
        "Restart the gateway.",
        "Run `make certs`.",
        "```\nkubectl get pods\n\nexit 1\n```",
        "Do this:",
        "why?",
        "重启网关服务。",
        "\n",
        "- one item",
        "see https://a.b/c?d=e.",
    ]
)


@given(st.lists(WORDS, max_size=12), st.sampled_from([" ", "\n", "\n\n"]), st.integers(20, 300))
def test_a_quotation_is_short_and_made_of_whole_lines_and_sentences(words: list[str], gap: str, limit: int) -> None:
    resolution = gap.join(words)
    quoted = quotation(resolution, QUESTION.text, max_chars=limit)
    assert len(quoted) <= limit
    assert quoted.count("```") % 2 == 0
    left = quoted
    for word in sorted({w.strip() for w in words}, key=len, reverse=True):
        left = left.replace(word, "")
    assert not re.search(r"\w", left)


@given(st.text(max_size=400), st.integers(0, 200))
def test_any_resolution_gives_a_quotation_within_its_limit(resolution: str, limit: int) -> None:
    assert len(quotation(resolution, "how", max_chars=limit)) <= limit
