"""A sentence stands in the message that it names, or it goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.grounding import ground, supported
from knowledge.sentences import normal
from tests.fakes.scenes_knowledge import said
from vigil_bot.model.knowledge import DraftEntry, Quoted

SOURCE = (
    "@ann the sidecar keeps the old certificate. Run `kubectl rollout restart deploy/pay -n pay`   and wait 30 seconds."
    " Do not delete the secret db-creds."
)
THREAD = said(("r-ann", "pods fail with PGW-5031 since the rotation on v2.3.1"), ("a-bob", SOURCE))


@pytest.mark.parametrize(
    "sentence",
    [
        "the sidecar keeps the old certificate.",
        "The sidecar keeps the old certificate.",
        "Run `kubectl rollout restart deploy/pay -n pay` and wait 30 seconds.",
        "The sidecar still keeps the old certificate.",
        "Do not delete the secret db-creds.",
        "Never delete the secret db-creds.",
        "Run `kubectl rollout restart deploy/pay -n pay`",
    ],
)
def test_what_was_said_is_supported_but_for_spaces_case_and_marks(sentence: str) -> None:
    assert supported(sentence, SOURCE)


@pytest.mark.parametrize(
    "sentence",
    [
        "Run `kubectl rollout restart deploy/pay -n pay` and wait 60 seconds.",
        "Run `kubectl delete deploy/pay -n pay` and wait 30 seconds.",
        "Delete the secret db-creds.",
        "delete the secret db-creds.",
        "The sidecar does not keep the old certificate.",
        "Run the restart of deploy/billing and wait 30 seconds.",
        "Clear the browser cache.",
        "",
        "   ",
    ],
)
def test_other_numbers_commands_names_signs_and_words_are_not_supported(sentence: str) -> None:
    assert not supported(sentence, SOURCE)


def test_chinese_signs_count_too() -> None:
    source = "不要直接 rm binlog 文件，会导致复制中断。用 PURGE BINARY LOGS 清理。"
    assert supported("不要直接 rm binlog 文件，会导致复制中断。", source)
    assert not supported("直接 rm binlog 文件，会导致复制中断。", source)
    assert not supported("用 RESET MASTER 清理。", source)


def test_a_redacted_sentence_is_still_supported_by_its_source() -> None:
    assert supported("export API_KEY=<secret> and retry", "export API_KEY=8f14e45fceea and retry")


def test_a_draft_loses_what_nobody_said() -> None:
    draft = DraftEntry(
        title="Quantum flux",
        issue=(Quoted(text="pods fail with PGW-5031 since the rotation", message_id="m1"),),
        resolution=(
            Quoted(text="the sidecar keeps the old certificate.", message_id="m2"),
            Quoted(text="the sidecar keeps the old certificate.", message_id="m1"),
            Quoted(text="Reboot the cluster.", message_id="m2"),
            Quoted(text="Run it.", message_id="m9"),
        ),
        environment="v2.3.1, Solaris 11",
        cause="cosmic rays",
    )
    grounded = ground(draft, THREAD)
    assert grounded is not None
    assert [q.text for q in grounded.resolution] == ["the sidecar keeps the old certificate."]
    assert grounded.title == "pods fail with PGW-5031 since the rotation"
    assert grounded.environment == "v2.3.1"
    assert grounded.cause is None


def test_a_draft_without_any_grounded_answer_is_nothing() -> None:
    draft = DraftEntry(
        title="t",
        issue=(Quoted(text="pods fail with PGW-5031", message_id="m1"),),
        resolution=(Quoted(text="Reboot the cluster.", message_id="m2"),),
    )
    assert ground(draft, THREAD) is None


@given(st.text(min_size=1, max_size=80))
def test_every_text_supports_itself(text: str) -> None:
    assert supported(text, text) == bool(normal(text))
