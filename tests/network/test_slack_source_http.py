import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from adapters.slack.config import SlackConfig, Transport
from adapters.slack.http import EVENTS_PATH
from adapters.slack.install import FILE
from tests.network.slack_source import Running, Settings, running
from tests.servers.slack import FakeSlack
from vigil_bot.errors import SettingsError
from vigil_bot.model.event import MessagePosted


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.world.subscriptions.discard("team_join")  # nobody receives yet
        fake.add_user("rita")
        yield fake


@pytest.fixture
async def bot(slack: FakeSlack, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(slack, tmp_path, transport=Transport.HTTP, app_token="") as ready:
        yield ready


async def post(bot: Running, body: bytes, headers: dict[str, str]) -> int:
    headers = {"Content-Type": "application/json", **headers}
    async with aiohttp.ClientSession() as web, web.post(bot.url + EVENTS_PATH, data=body, headers=headers) as reply:
        return reply.status


async def test_signed_events_are_stored(slack: FakeSlack, bot: Running) -> None:
    channel = slack.add_channel("support", members=["rita"])
    slack.say(channel, "rita", "over HTTP")
    await slack.settled()
    assert bot.core.texts() == ["over HTTP"]
    assert slack.delivery.log[-1].acknowledged


async def test_slack_can_verify_the_address(slack: FakeSlack, bot: Running) -> None:
    assert bot.source.healthy()
    assert "challenge" in await slack.verify_url()


async def test_forged_old_and_broken_requests_are_refused(slack: FakeSlack, bot: Running) -> None:
    body = json.dumps({"type": "event_callback", "team_id": slack.team.id, "event": {"type": "message"}}).encode()
    good, old = slack.delivery.signature(body), slack.delivery.signature(body, at=slack.world.now() - 301)
    assert await post(bot, body, good) == 200
    assert await post(bot, body, old) == 401
    assert await post(bot, body, {}) == 401
    assert await post(bot, body + b" ", good) == 401
    assert await post(bot, body, {**good, "X-Slack-Request-Timestamp": "soon"}) == 401
    assert await post(bot, body, {**good, "X-Slack-Signature": "v0=äöü"}) == 401
    for broken in (b"{", b"\xff", b'{"authorizations": [5]}', b"payload=%7B", b"[" * 100_000):
        assert await post(bot, broken, slack.delivery.signature(broken)) in {200, 400, 401}
    assert not bot.core.events


async def test_what_cannot_be_stored_is_not_acknowledged(slack: FakeSlack, bot: Running) -> None:
    slack.tune(retry_delays_s=[])
    channel = slack.add_channel("support", members=["rita"])
    bot.core.full = True
    slack.say(channel, "rita", "over HTTP")
    await slack.settled()
    assert slack.delivery.log[-1].attempts == ["http_error"]


async def test_over_a_socket_there_is_no_way_in_for_events(slack: FakeSlack, tmp_path: Path) -> None:
    async with running(slack, tmp_path) as bot:
        assert await post(bot, b"{}", slack.delivery.signature(b"{}")) == 404


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # slack_sdk uses it
async def test_a_second_workspace_installs_the_app_and_is_heard(slack: FakeSlack, tmp_path: Path) -> None:
    other = slack.add_team("Other")
    slack.add_user("olga", team=other)
    oauth: Settings = {
        "client_id": slack.world.client_id,
        "client_secret": slack.world.client_secret,
        "public_url": "https://bot.example.org",
    }
    folder = tmp_path / "state"
    async with running(slack, folder, **oauth) as bot:
        await slack.connected()
        status, page = await install(slack, bot, other)
        assert status == 200, page
        assert (folder / FILE).stat().st_mode & 0o777 == 0o600
        channel = slack.add_channel("theirs", team=other, members=["olga"])
        slack.say(channel, "olga", "from the other workspace")
        await slack.settled()
        (posted,) = bot.core.of(MessagePosted)
        assert posted.conversation.workspace_id == other
        assert posted.message.author.name == "olga"

    async with running(slack, folder, **oauth) as bot:
        await slack.connected()
        found = await bot.installations.all(bot.api.call)
        assert {one.us.team_id for one in found} == {slack.team.id, other}
        slack.uninstall(other)
        await slack.settled()
        assert [one.us.team_id for one in await bot.installations.all(bot.api.call)] == [slack.team.id]
        assert bot.source.healthy()


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # slack_sdk uses it
async def test_a_workspace_that_took_its_token_back_does_not_stop_the_others(slack: FakeSlack, tmp_path: Path) -> None:
    other = slack.add_team("Other")
    slack.add_user("olga", team=other)
    oauth: Settings = {
        "client_id": slack.world.client_id,
        "client_secret": slack.world.client_secret,
        "public_url": "https://bot.example.org",
    }
    async with running(slack, tmp_path, **oauth) as bot:
        await install(slack, bot, other)
    slack.hold()
    slack.revoke(other)
    channel = slack.add_channel("support", members=["rita"])
    async with running(slack, tmp_path, **oauth) as bot:
        await slack.connected()
        slack.release()
        slack.say(channel, "rita", "still heard")
        await slack.settled()
        assert bot.core.texts() == ["still heard"]


async def install(slack: FakeSlack, bot: Running, team: str) -> tuple[int, str]:
    """Go through the pages as a browser does, which would keep the cookie for https only."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as web:
        async with web.get(f"{bot.url}/slack/install?team={team}") as reply:
            page, cookies = await reply.text(), {name: one.value for name, one in reply.cookies.items()}
        link = page.partition("<a ")[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
        assert link.startswith(slack.world.origin + "/oauth/v2/authorize?")
        async with web.get(link, allow_redirects=False) as reply:
            back = reply.headers["Location"]
        assert back.startswith("https://bot.example.org/slack/oauth_redirect?")
        query = back.partition("?")[2]
        async with web.get(f"{bot.url}/slack/oauth_redirect?{query}") as stranger:
            assert stranger.status == 400  # another browser than the one that began
        async with web.get(f"{bot.url}/slack/oauth_redirect?{query}", cookies=cookies) as reply:
            return reply.status, await reply.text()


def test_settings_that_cannot_work_are_refused(tmp_path: Path) -> None:
    settings: tuple[Settings, ...] = (
        {"app_token": "xapp-1"},
        {"bot_token": "xoxp-1", "app_token": "xapp-1"},
        {"bot_token": "xoxb-1"},
        {"bot_token": "xoxb-1", "app_token": "xoxb-1"},
        {"bot_token": "xoxb-1", "transport": Transport.HTTP},
        {"client_id": "1", "client_secret": "2", "app_token": "xapp-1"},
    )
    for wrong in settings:
        with pytest.raises(SettingsError, match="VIGIL_"):
            SlackConfig(state_folder=tmp_path, **wrong)
