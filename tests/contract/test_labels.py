"""Drafts wait until their threads are over, are labelled once, and again when more is said."""

from dataclasses import replace
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from adapters.store.schema import FOLDER
from adapters.store.store import Store
from tests.contract.samples import ANN, NOW, RITA, THREAD, case, message, posted, receipt, suggestion, turn_of
from vigil_bot.labelling import QUIET_S, Calibrations, Labeller, Labels
from vigil_bot.model.case import CaseState
from vigil_bot.model.decision import Abstain, DecisionRecord, Intent, Reason, Signals, Suggest
from vigil_bot.model.event import MessagePosted
from vigil_bot.model.feedback import Feedback, FeedbackSource, Verdict
from vigil_bot.model.label import Label, Truth
from vigil_bot.model.policy import Policy
from vigil_bot.model.suggestion import SuggestionState
from vigil_bot.model.work import Outcome
from vigil_bot.proactive.calibrate import Scope

DRAFT = 'Raise max_connections to 400 in postgresql.conf, not "text":"", and restart the pooler.'
LATER = NOW + 2 * QUIET_S
WORKSPACE = "slack/T1"


def labels_of(store: Store) -> Labels:
    """The store fits its port: mypy checks it."""
    return store.labels


def drafted(*, number: int = 1, at: float = NOW + 10, said: bool = False) -> DecisionRecord:
    return replace(
        receipt("m1", number=number, at=at, suggestion_id="s1" if said else None),
        decision=Suggest(score=0.7) if said else Abstain(reason=Reason.BELOW_THRESHOLD),
        signals=Signals(intent=Intent.QUESTION, relevance=0.4, grounded=True),
        text=DRAFT,
    )


async def commit(store: Store, outcome: Outcome, *, now: float = NOW) -> None:
    await store.queue.append([posted("m1", "The pooler refuses clients, what can I do?", author=RITA)], now=now)
    await turn_of(store.queue, outcome, now=now)


async def unlabelled(store: Store, *, now: float = LATER) -> list[str]:
    found = await labels_of(store).unlabelled(since=NOW - 1, quiet_since=now - QUIET_S, limit=10)
    return [record.id for record in found]


async def label(store: Store, *, now: float = LATER) -> list[Label]:
    await Labeller(labels=labels_of(store), ledger=store.ledger, transcript=store.transcript).run(now)
    return await store.labels.labels(WORKSPACE, since=NOW)


async def answer(store: Store, *, at: float) -> None:
    text = "You have to raise max_connections to 400 in postgresql.conf, then restart the pooler."
    said = MessagePosted(message=message("m2", text, at=at, author=ANN))
    await store.queue.append([said], now=at)


async def test_a_draft_is_labelled_when_its_thread_is_quiet(store: Store) -> None:
    await commit(store, Outcome(decisions=(drafted(),)))
    await answer(store, at=NOW + 20)
    assert await unlabelled(store, now=NOW + QUIET_S) == []
    assert await unlabelled(store) == [drafted().id]

    [found] = await label(store)
    assert (found.record_id, found.channel, found.score) == (drafted().id, THREAD.channel.key, 0.4)
    assert (found.truth, found.posted, found.eligible) == (Truth.RIGHT, False, True)
    assert await unlabelled(store) == []


async def test_a_draft_is_labelled_at_once_when_its_case_is_closed(store: Store) -> None:
    await commit(store, Outcome(decisions=(drafted(),)))
    await store.cases.save(case(state=CaseState.CLOSED))
    later = NOW + QUIET_S + 20
    await answer(store, at=later - 15)
    assert await unlabelled(store, now=later) == [drafted().id]


async def test_receipts_without_a_draft_and_older_receipts_of_a_message_are_left_out(store: Store) -> None:
    await commit(store, Outcome(decisions=(receipt("m0"), drafted(), drafted(number=2, at=NOW + 11))))
    assert await unlabelled(store) == [drafted(number=2).id]
    await answer(store, at=NOW + 12)
    await turn_of(store.queue, Outcome(decisions=(replace(drafted(number=3, at=NOW + 12), text=""),)), now=NOW + 12)
    assert await unlabelled(store) == []


async def test_a_draft_is_labelled_again_when_more_was_said(store: Store) -> None:
    await commit(store, Outcome(decisions=(drafted(),)))
    assert [one.truth for one in await label(store)] == [Truth.UNKNOWN]
    await answer(store, at=LATER + 10)
    assert await unlabelled(store, now=LATER + 20) == []
    assert [one.truth for one in await label(store, now=LATER + 2 * QUIET_S)] == [Truth.RIGHT]


async def test_a_verdict_on_what_was_posted_counts_whenever_it_comes(store: Store) -> None:
    said = replace(suggestion("s1"), state=SuggestionState.POSTED, posted_id="p1")
    await commit(store, Outcome(decisions=(drafted(said=True),), suggestions=(said,)))
    await answer(store, at=NOW + 20)
    [found] = await label(store)
    assert (found.truth, found.posted, found.score) == (Truth.RIGHT, True, 0.7)

    pressed = Feedback(
        suggestion_id="s1",
        author_id="rita",
        verdict=Verdict.NOT_HELPFUL,
        source=FeedbackSource.BUTTON,
        at=LATER + 5,
    )
    await commit(store, Outcome(feedback=(pressed,)), now=LATER + 5)
    assert [one.truth for one in await label(store, now=LATER + 10)] == [Truth.WRONG]


async def test_labels_are_kept_by_workspace_and_time(store: Store) -> None:
    def made(record_id: str, channel: str, at: float, truth: Truth = Truth.RIGHT) -> Label:
        return Label(record_id=record_id, channel=channel, at=at, score=0.5, truth=truth)

    one, two, other = made("a", "slack/T1/C1", NOW), made("b", "slack/T1/C2", NOW + 5), made("c", "slack/T2/C1", NOW)
    await store.labels.put_labels([one, two, other], now=LATER)
    assert await store.labels.labels(WORKSPACE, since=NOW) == [one, two]
    assert await store.labels.labels(WORKSPACE, since=NOW + 1) == [two]
    corrected = replace(one, truth=Truth.WRONG)
    await store.labels.put_labels([corrected], now=LATER + 1)
    assert await store.labels.labels(WORKSPACE, since=NOW) == [corrected, two]
    await store.labels.put_labels([], now=LATER)


async def test_the_calibration_of_a_channel_is_worked_out_each_hour_and_when_the_policy_changes(store: Store) -> None:
    calibrations, policy = Calibrations(labels_of(store)), Policy()
    assert (await calibrations.calibration_of(THREAD, policy, now=LATER)).n == 0
    right = [
        Label(record_id=str(i), channel=THREAD.channel.key, at=NOW + i, score=0.9, truth=Truth.RIGHT)
        for i in range(100)
    ]
    await store.labels.put_labels(right, now=LATER)
    now = NOW + 20 * QUIET_S
    assert (await calibrations.calibration_of(THREAD, policy, now=LATER + 60)).n == 0
    found = await calibrations.calibration_of(THREAD, policy, now=now)
    assert (found.n, found.scope, found.threshold) == (100, Scope.CHANNEL, policy.min_relevance)
    strict = replace(policy, min_relevance=0.95)
    assert (await calibrations.calibration_of(THREAD, strict, now=now)).n == 0


async def test_a_database_from_before_there_were_labels_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigil.db'}"
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()

    store = await Store.open(url)
    await commit(store, Outcome(decisions=(drafted(),)))
    assert [one.record_id for one in await label(store)] == [drafted().id]
    await store.close()
