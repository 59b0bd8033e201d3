"""Files of Slack's: fetched with the token, never too much of one, never with the token to a stranger."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.slack.api import SlackApi
from adapters.slack.faults import Denied, Gone
from adapters.slack.files import SlackFiles, is_slacks
from tests.servers.slack import FakeSlack
from vigil_bot.errors import InputError, PlatformUnavailable
from vigil_bot.model.conversation import Attachment, ConversationRef

CONTENT = b"log line\n" * 20_000


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as running:
        yield running


@pytest.fixture
async def files(slack: FakeSlack) -> AsyncIterator[SlackFiles]:
    async with SlackApi({slack.team.id: slack.bot_token}, base_url=slack.url, timeout_s=2.0) as api:
        yield SlackFiles(api)


def place(slack: FakeSlack) -> ConversationRef:
    return ConversationRef(platform="slack", workspace_id=slack.team.id, channel_id="C1")


def attachment(shape: dict[str, Any], size_bytes: int = 0) -> Attachment:
    return Attachment(id=shape["id"], name="app.log", size_bytes=size_bytes)


async def test_a_file_is_fetched_with_the_token(slack: FakeSlack, files: SlackFiles) -> None:
    shape = slack.add_file("app.log", CONTENT)
    assert await files.fetch(place(slack), attachment(shape), max_bytes=len(CONTENT)) == CONTENT


async def test_a_file_whose_size_is_told_only_by_files_info_is_fetched(slack: FakeSlack, files: SlackFiles) -> None:
    shape = slack.add_file("app.log", CONTENT, unchecked=True)
    assert await files.fetch(place(slack), attachment(shape), max_bytes=len(CONTENT)) == CONTENT


async def test_a_file_that_is_too_large_is_not_downloaded(slack: FakeSlack, files: SlackFiles) -> None:
    shape = slack.add_file("app.log", CONTENT)
    for known in (0, len(CONTENT)):
        with pytest.raises(InputError, match="larger than 1,000 bytes"):
            await files.fetch(place(slack), attachment(shape, known), max_bytes=1_000)


async def test_a_file_that_is_larger_than_it_says_is_cut_off(slack: FakeSlack, files: SlackFiles) -> None:
    shape = slack.add_file("app.log", CONTENT)
    slack.world.files[shape["id"]]["size"] = 10
    with pytest.raises(InputError):
        await files.fetch(place(slack), attachment(shape), max_bytes=1_000)


async def test_a_token_without_the_scope_is_told_what_is_missing(slack: FakeSlack, files: SlackFiles) -> None:
    shape = slack.add_file("app.log", CONTENT)
    slack.set_scopes({"chat:write"})
    with pytest.raises(Denied) as caught:
        await files.fetch(place(slack), attachment(shape), max_bytes=10**6)
    assert "files:read" in caught.value.hint


async def test_a_file_that_is_gone_is_gone(slack: FakeSlack, files: SlackFiles) -> None:
    with pytest.raises(Gone):
        await files.fetch(place(slack), Attachment(id="F0NOTHERE", name="x"), max_bytes=10)
    shape = slack.add_file("app.log", CONTENT)
    del slack.world.contents[shape["id"]]
    with pytest.raises(Gone):
        await files.fetch(place(slack), attachment(shape), max_bytes=10**6)
    slack.world.files[shape["id"]]["mode"] = "tombstone"
    with pytest.raises(Gone):
        await files.fetch(place(slack), attachment(shape), max_bytes=10**6)


async def test_a_download_that_hangs_or_breaks_is_unavailable(slack: FakeSlack, files: SlackFiles) -> None:
    shape = slack.add_file("app.log", CONTENT)
    slack.fail("files", "slow", seconds=1.5)
    slack.fail("files", "status", status=503)
    for _ in range(2):
        with pytest.raises(PlatformUnavailable):
            await files.fetch(place(slack), attachment(shape), max_bytes=10**6)


async def test_the_token_is_not_sent_to_strangers(slack: FakeSlack, files: SlackFiles) -> None:
    shape = slack.add_file("app.log", CONTENT)
    slack.world.files[shape["id"]]["url_private_download"] = slack.url.replace("127.0.0.1", "localhost") + "x"
    with pytest.raises(Denied, match="outside of Slack"):
        await files.fetch(place(slack), attachment(shape), max_bytes=10**6)


PROXY = "https://proxy.example:8443/api/"


@pytest.mark.parametrize(
    "url", ["https://files.slack.com/files-pri/T1-F1/x.png", "https://slack.com/x", "https://proxy.example:8443/api/x"]
)
def test_slacks_hosts_and_the_configured_one_get_the_token(url: str) -> None:
    assert is_slacks(url, PROXY)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.slack.com/x",
        "https://slack.com.evil.example/x",
        "https://evilslack.com/x",
        "https://user@evil.example/slack.com",
        "https://proxy.example/api/files/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_other_hosts_do_not_get_the_token(url: str) -> None:
    assert not is_slacks(url, PROXY)
