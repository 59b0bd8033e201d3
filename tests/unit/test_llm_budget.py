"""What may be spent, what tokens cost, and when somebody is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.llm.budget import Budget, Level, Limit, Place, day_of, level_of, scopes
from adapters.llm.prices import Prices, estimated_tokens, parse_prices
from adapters.llm.spending import MemorySpending, Purse, spending_for
from vigil_bot.errors import ModelUnavailable, SettingsError, StoreBusy
from vigil_bot.model.conversation import ConversationRef

NOON = 1_735_732_800.0  # 2025-01-01 12:00 UTC
DAY_S = 86_400.0


def test_prices_are_of_a_million_tokens() -> None:
    prices = parse_prices("0.25/2.0")
    assert prices == Prices(tokens_in=0.25, tokens_out=2.0)
    assert prices.cost(1_000_000, 500_000) == pytest.approx(1.25)


def test_no_prices_are_free() -> None:
    assert parse_prices(" ").cost(1_000, 1_000) == 0.0


@pytest.mark.parametrize("text", ["1", "1/2/3", "a/b", "-1/2", "nan/1", "1/inf", "1,2", "/"])
def test_anything_else_is_no_price(text: str) -> None:
    with pytest.raises(SettingsError, match="no prices"):
        parse_prices(text)


def test_chinese_text_is_estimated_higher_than_english_text_of_the_same_length() -> None:
    assert estimated_tokens("服务无法启动") == 6
    assert estimated_tokens("it fails") == 2
    assert estimated_tokens("") == 0


def test_a_call_counts_for_everything_its_workspace_and_its_channel() -> None:
    assert list(scopes(Budget(), Place(workspace="T1", channel="C1"))) == [
        "everything",
        "workspace T1",
        "channel T1/C1",
    ]
    assert list(scopes(Budget(), Place())) == ["everything"]


def test_the_day_is_one_of_utc() -> None:
    assert day_of(NOON) == "2025-01-01"
    assert day_of(NOON + DAY_S / 2) == "2025-01-02"


def test_a_limit_of_nothing_is_used_up_from_the_start() -> None:
    assert level_of(Limit(tokens=0).share(0, 0.0)) is Level.EXHAUSTED
    assert level_of(Limit(cost=0.0).share(0, 0.0)) is Level.EXHAUSTED


AMOUNTS = st.integers(0, 10**9)


@given(AMOUNTS, st.floats(0, 1e6))
def test_without_a_limit_all_is_fine(tokens: int, cost: float) -> None:
    assert level_of(Limit().share(tokens, cost)) is Level.FINE


@given(AMOUNTS, AMOUNTS, st.integers(1, 10**9))
def test_more_spent_is_never_a_lower_level(one: int, more: int, limit: int) -> None:
    budget = Limit(tokens=limit, cost=float(limit))
    assert level_of(budget.share(one + more, 0.0)) >= level_of(budget.share(one, 0.0))
    assert level_of(budget.share(0, float(one + more))) == level_of(budget.share(one + more, 0.0))
    assert (level_of(budget.share(one, 0.0)) is Level.EXHAUSTED) == (one >= limit)


def channel(channel_id: str) -> ConversationRef:
    return ConversationRef(platform="slack", workspace_id="T1", channel_id=channel_id)


class Bell:
    """Remembers what it was told, and is the clock too."""

    def __init__(self) -> None:
        self.now = NOON
        self.told: list[tuple[str, Level]] = []
        self.heard_in: list[ConversationRef | None] = []

    async def ring(self, ref: ConversationRef | None, scope: str, share: float) -> None:
        self.heard_in.append(ref)
        self.told.append((scope, level_of(share)))

    def purse(self, budget: Budget, spending: MemorySpending | None = None) -> Purse:
        return Purse(budget, spending or MemorySpending(), now=lambda: self.now, alarm=self.ring)


async def test_somebody_is_told_once_at_80_and_once_at_100_percent_and_then_nothing_is_left() -> None:
    bell = Bell()
    purse = bell.purse(Budget(everything=Limit(tokens=100)))
    for _ in range(10):
        await purse.check()
        await purse.spend(10, 0.0, purpose="draft")
    assert bell.told == [("everything", Level.NEAR), ("everything", Level.EXHAUSTED)]
    with pytest.raises(ModelUnavailable, match="used up: everything"):
        await purse.check()
    bell.now += DAY_S
    await purse.check()


async def test_one_channel_does_not_use_up_what_another_may_spend() -> None:
    bell = Bell()
    purse = bell.purse(Budget(channel=Limit(cost=1.0)))
    with spending_for(channel("C1")):
        await purse.spend(10, 1.0, purpose="draft")
        with pytest.raises(ModelUnavailable, match="channel T1/C1"):
            await purse.check()
    with spending_for(channel("C2")):
        await purse.check()
    await purse.check()
    assert bell.told == [("channel T1/C1", Level.EXHAUSTED)]
    assert bell.heard_in == [channel("C1")]


async def test_an_answer_is_not_lost_when_its_price_cannot_be_written() -> None:
    class Busy(MemorySpending):
        async def spend(self, day: str, scope: str, *, tokens: int, cost: float) -> None:
            raise StoreBusy(f"{day} {scope} {tokens} {cost}")

    bell = Bell()
    await bell.purse(Budget(everything=Limit(tokens=1)), Busy()).spend(10, 1.0, purpose="draft")
    assert bell.told == []


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 500))
async def test_nobody_is_told_twice_of_the_same_level_in_a_day(calls: list[int], limit: int) -> None:
    bell = Bell()
    purse = bell.purse(Budget(everything=Limit(tokens=limit)))
    for tokens in calls:
        await purse.spend(tokens, 0.0, purpose="draft")
    assert len(bell.told) == len(set(bell.told))
    assert (("everything", Level.EXHAUSTED) in bell.told) == (sum(calls) >= limit)
