import pytest

from knowledge.audience import visible
from vigil_bot.model.knowledge import Audience, Confidence, KnowledgeEntry, Viewer

ANYBODY = Audience()
HERE = Viewer(workspace_id="T1", channel_id="C1")


def entry(audience: Audience = ANYBODY, confidence: Confidence = Confidence.VALIDATED) -> KnowledgeEntry:
    return KnowledgeEntry(id="e", issue="i", resolution="r", audience=audience, confidence=confidence, created_at=100.0)


@pytest.mark.parametrize(
    ("audience", "seen"),
    [
        (Audience(), True),
        (Audience(workspace="T1"), True),
        (Audience(workspace="T2"), False),
        (Audience(workspace="T1", channels=("C1", "C2")), True),
        (Audience(workspace="T1", channels=("C2",)), False),
        (Audience(workspace="*", channels=("C2",)), False),
        (Audience(workspace="T2", channels=("C1",)), False),
    ],
)
def test_an_entry_is_shown_only_where_its_audience_reads(audience: Audience, *, seen: bool) -> None:
    assert visible(entry(audience), HERE) is seen


def test_a_trusted_operator_sees_every_audience() -> None:
    assert visible(entry(Audience(workspace="T2", channels=("C9",))), None)


def test_an_archived_entry_is_shown_to_nobody() -> None:
    assert not visible(entry(confidence=Confidence.ARCHIVED), None)


def test_only_what_was_known_before_a_moment_counts() -> None:
    assert visible(entry(), None, before=100.1)
    assert not visible(entry(), None, before=100.0)
