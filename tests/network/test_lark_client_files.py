"""Files of Lark's: fetched by the message that they came in, never too much of one."""

from collections.abc import AsyncIterator

import pytest

from adapters.lark.api import LarkApi
from adapters.lark.files import LarkFiles
from tests.network.lark_rest import APP, SECRET, TENANT, Failure, LarkRest
from vigil_bot.clock import SystemClock
from vigil_bot.errors import AccessDenied, InputError, PlatformUnavailable, TargetGone
from vigil_bot.model.conversation import Attachment, ConversationRef
from vigil_bot.ports.chat import Files

CONTENT = "日志\n".encode() * 5_000
REF = ConversationRef(platform="lark", workspace_id=TENANT, channel_id="oc_1")


@pytest.fixture
async def lark() -> AsyncIterator[LarkRest]:
    async with LarkRest() as running:
        running.files["om_1", "file_v3_0"] = CONTENT
        yield running


@pytest.fixture
async def files(lark: LarkRest) -> AsyncIterator[Files]:
    async with LarkApi(APP, SECRET, lark.url, SystemClock(), timeout_s=2.0) as api:
        yield LarkFiles(api)


def attachment(file_id: str = "om_1/file_v3_0", media: str = "file", size_bytes: int = 0) -> Attachment:
    return Attachment(id=file_id, name="app.log", media_type=media, size_bytes=size_bytes)


@pytest.mark.parametrize(("media", "kind"), [("file", "file"), ("image", "image"), ("video", "file"), ("", "file")])
async def test_a_file_is_fetched_with_its_message(lark: LarkRest, files: Files, media: str, kind: str) -> None:
    assert await files.fetch(REF, attachment(media=media), max_bytes=len(CONTENT)) == CONTENT
    assert lark.asked("GET")[-1].query == {"type": kind}


async def test_a_file_that_says_that_it_is_too_large_is_not_asked_for(lark: LarkRest, files: Files) -> None:
    with pytest.raises(InputError, match="larger than 1,000 bytes"):
        await files.fetch(REF, attachment(size_bytes=1_001), max_bytes=1_000)
    assert lark.calls == []


async def test_a_file_that_turns_out_too_large_is_cut_off(files: Files) -> None:
    with pytest.raises(InputError, match="larger than 1,000 bytes"):
        await files.fetch(REF, attachment(), max_bytes=1_000)


@pytest.mark.parametrize("file_id", ["om_1/other", "om_2/file_v3_0"])
async def test_a_file_that_is_not_there_is_gone(files: Files, file_id: str) -> None:
    with pytest.raises(TargetGone):
        await files.fetch(REF, attachment(file_id), max_bytes=1_000)


@pytest.mark.parametrize("file_id", ["", "om_1", "om_1/..", "om_1/../../chats", "om_1/a?b", "../om_1/x"])
async def test_an_id_that_leads_elsewhere_is_not_followed(lark: LarkRest, files: Files, file_id: str) -> None:
    with pytest.raises(TargetGone):
        await files.fetch(REF, attachment(file_id), max_bytes=1_000)
    assert lark.calls == []


async def test_a_file_that_is_kept_from_us_is_denied(lark: LarkRest, files: Files) -> None:
    lark.fail("GET", "/file_v3_0", Failure(code=99991672, message="required: [im:resource]"))
    with pytest.raises(AccessDenied, match="im:resource"):
        await files.fetch(REF, attachment(), max_bytes=len(CONTENT))


async def test_a_broken_download_is_unavailable(lark: LarkRest, files: Files) -> None:
    lark.fail("GET", "/file_v3_0", Failure(status=503, text="oops"))
    with pytest.raises(PlatformUnavailable):
        await files.fetch(REF, attachment(), max_bytes=len(CONTENT))


async def test_a_stale_token_does_not_cost_the_file(lark: LarkRest, files: Files) -> None:
    await files.fetch(REF, attachment(), max_bytes=len(CONTENT))
    lark.token = "t-of-somebody-else"
    assert await files.fetch(REF, attachment(), max_bytes=len(CONTENT)) == CONTENT
