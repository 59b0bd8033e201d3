"""Cron times."""

import pytest

from vigil_bot.errors import SettingsError
from vigil_bot.schedule import last_due, next_due

MONDAY_NOON = 1_700_481_600.0  # 2023-11-20 12:00 UTC


@pytest.mark.parametrize(
    ("cron", "last_s", "next_s"),
    [("17 * * * *", -43 * 60, 17 * 60), ("0 3 * * *", -9 * 3600, 15 * 3600), ("0 12 * * mon", 0, 7 * 86_400)],
)
def test_the_due_times_around_a_moment(cron: str, last_s: float, next_s: float) -> None:
    assert last_due(cron, now=MONDAY_NOON) == MONDAY_NOON + last_s
    assert next_due(cron, now=MONDAY_NOON) == MONDAY_NOON + next_s


def test_a_wrong_expression_is_a_clear_error() -> None:
    with pytest.raises(SettingsError, match="Five fields"):
        last_due("every day", now=MONDAY_NOON)
