import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Unpack

import pytest

from adapters.slack.checks import examine
from adapters.slack.config import Transport
from adapters.slack.scopes import APP_SCOPES, BOT_EVENTS, BOT_SCOPES
from tests.network.slack_source import Settings, config_of
from tests.servers.slack import FakeSlack
from vigil_bot.model.finding import Level

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


async def findings(
    slack: FakeSlack, folder: Path, **settings: Unpack[Settings]
) -> dict[str, list[tuple[Level, str, str]]]:
    found: dict[str, list[tuple[Level, str, str]]] = {}
    for one in await examine(config_of(slack, folder, **settings)):
        found.setdefault(one.what, []).append((one.level, one.found, one.mend))
    return found


async def test_a_complete_installation_has_nothing_to_mend(slack: FakeSlack, tmp_path: Path) -> None:
    ann = slack.add_user("ann")
    slack.add_channel("support", members=["ann"])
    found = await findings(slack, tmp_path, analysts=(ann, slack.add_group("oncall", ["ann"])))
    assert {level for rows in found.values() for level, _, _ in rows} == {Level.OK}
    assert "#support" in found["slack channels"][0][1]
    assert "1 open" in found["slack socket"][0][1]


async def test_every_missing_scope_is_named_with_the_place_to_add_it(slack: FakeSlack, tmp_path: Path) -> None:
    slack.set_scopes(set(BOT_SCOPES) - {"groups:history", "usergroups:read"})
    rows = (await findings(slack, tmp_path))["slack scopes"]
    assert [level for level, _, _ in rows] == [Level.ERROR, Level.ERROR]
    assert [found.split()[0] for _, found, _ in rows] == ["groups:history", "usergroups:read"]
    assert all("OAuth & Permissions → Bot Token Scopes" in mend for _, _, mend in rows)


async def test_wrong_tokens_are_told_from_each_other(slack: FakeSlack, tmp_path: Path) -> None:
    found = await findings(slack, tmp_path, bot_token="xoxb-wrong", app_token="xapp-wrong")
    assert found["slack token"][0][0] is Level.ERROR
    assert found["slack app token"][0][0] is Level.ERROR
    assert "connections:write" in found["slack app token"][0][2]
    assert "wrong" not in str(found)


async def test_an_analyst_that_does_not_exist_is_named(slack: FakeSlack, tmp_path: Path) -> None:
    found = await findings(slack, tmp_path, analysts=("U0NOBODY",))
    assert found["slack people"][0][0] is Level.ERROR
    assert "U0NOBODY" in found["slack people"][0][2]


async def test_a_bot_without_channels_and_slack_out_of_reach_are_told(slack: FakeSlack, tmp_path: Path) -> None:
    assert (await findings(slack, tmp_path))["slack channels"][0][0] is Level.WARNING
    found = await findings(slack, tmp_path, base_url="http://127.0.0.1:9/api/")
    assert found["slack token"][0][0] is Level.ERROR


async def test_over_http_the_address_is_told(slack: FakeSlack, tmp_path: Path) -> None:
    found = await findings(slack, tmp_path, transport=Transport.HTTP, public_url="https://bot.example.org")
    assert "https://bot.example.org/slack/events" in found["slack http"][0][2]
    assert "slack socket" not in found


def listed(manifest: str, key: str) -> set[str]:
    found = re.search(rf"^ +{key}:\n((?: +- .*\n)+)", manifest, re.MULTILINE)
    assert found is not None
    return set(re.findall(r"- ([\w.:]+)", found[1]))


def test_the_manifest_asks_for_what_is_needed_and_for_nothing_else() -> None:
    manifest = (DOCS / "slack-manifest.yaml").read_text("utf-8")
    assert listed(manifest, "bot") == set(BOT_SCOPES)
    assert listed(manifest, "bot_events") == set(BOT_EVENTS)


def test_the_guide_explains_every_scope_and_event() -> None:
    guide = (DOCS / "slack.md").read_text("utf-8")
    missing = [one for one in (*BOT_SCOPES, *APP_SCOPES, *BOT_EVENTS) if f"`{one}`" not in guide]
    assert missing == []
