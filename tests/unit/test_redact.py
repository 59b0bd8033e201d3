"""Secrets and personal data go, what a colleague needs stays."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.scenes_knowledge import rows
from vigil_bot.redact import redact
from vigil_bot.redact_personal import id_card_check, luhn

PLACEHOLDER = re.compile(r"<(?:secret|email|phone|id-card|card)>")


def labelled() -> list[tuple[str, list[str]]]:
    """Return texts with what must go; `{}` breaks up what scanners of repositories would take for a real key."""
    return [
        (row["text"].replace("{}", ""), [gone.replace("{}", "") for gone in row["gone"]])
        for row in rows("redact.jsonl")
    ]


def test_labelled_lines_lose_what_must_go_and_nothing_else() -> None:
    lines = labelled()
    labels = sum(len(set(gone)) for _, gone in lines)
    found = sum(s not in redact(text) for text, gone in lines for s in set(gone))
    extra = sum(
        max(0, len(PLACEHOLDER.findall(redact(text))) - sum(text.count(s) for s in set(gone))) for text, gone in lines
    )
    assert len(lines) >= 300
    assert found / labels >= 0.98, f"recall {found / labels:.3f}"
    assert found / (found + extra) >= 0.95, f"precision {found / (found + extra):.3f}"


@pytest.mark.parametrize(
    "text",
    [
        "kubectl rollout restart deploy/payments-gateway -n pay",
        "fixed in 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "trace 3f1c2b7a-8d4e-4f6a-9b0c-1d2e3f4a5b6c at 2023-01-05T03:00:00Z, port 8443, v1.27.3, PGW-5031",
        "把 session.timeout.ms 调到 45000，再执行一次 rebalance",
        "ssh -p 2222 deploy@bastion.example.com",
    ],
)
def test_commands_hashes_and_versions_stay_word_for_word(text: str) -> None:
    assert redact(text) == text


def test_a_command_keeps_everything_but_its_secret() -> None:
    text = "mysql -uroot -pS3cret -h 10.1.2.3 shop"
    assert redact(text) == "mysql -uroot -p<secret> -h 10.1.2.3 shop"
    assert redact("postgres://app:S3cr3t@db:5432/x") == "postgres://app:<secret>@db:5432/x"


def test_check_digits_are_those_of_the_standards() -> None:
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")
    assert id_card_check("11010519491231002") == "X"


@given(st.lists(st.sampled_from([text for text, _ in labelled()]), max_size=4).map("\n".join))
def test_what_is_redacted_stays_as_it_is(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.text(max_size=300))
def test_any_text_can_be_redacted(text: str) -> None:
    assert isinstance(redact(text), str)


@pytest.mark.parametrize(
    "piece", ["a", "1 ", "a@", "password ", "http://a:", "ssh a@b.com ", "-----BEGIN PRIVATE KEY-----"]
)
def test_a_message_of_two_hundred_thousand_characters_takes_no_more_than_its_length(piece: str) -> None:
    assert len(redact(piece * (200_000 // len(piece)))) <= 400_000
