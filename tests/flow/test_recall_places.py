"""What was suggested is put right where people read it, on every platform, once, also over a crash."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flow.places import PLACES, Place, Said, Shown
from tests.flow.test_main_loop import ANSWER, PARAPHRASE, solve

RIGHT = "Run `kubectl rollout restart deploy/payments-v2 -n pay`; the old deployment is gone."
OTHER_QUESTIONS = (
    "payment pods are crashing with PAY-1203 after we rotated the certificate, what can I do?",
    "since the cert rotation payments crashes with PAY-1203, how can it be fixed?",
)


@pytest.fixture(params=list(PLACES))
async def here(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with PLACES[request.param](tmp_path / "home") as place:
        yield place


async def suggested(here: Place, question: str, by: str) -> tuple[Said, Shown]:
    asked = await here.say(by, question)
    [shown] = await here.program.eventually("a suggestion", lambda: here.suggestions(asked.thread))
    return asked, shown


async def entry_id(here: Place) -> str:
    code, out, err = await here.program.vigil("kb", "list")
    assert code == 0, err
    return out.split()[0]


async def corrected(here: Place, shown: Shown, words: str) -> str:
    """Wait until a post has been edited to say so, and return it."""

    async def read() -> str:
        whole = await now(here, shown)
        return whole if "Corrected:" in whole and words in whole else ""

    found: str = await here.program.eventually(f"a correction with {words}", read)
    return found


async def now(here: Place, shown: Shown) -> str:
    return (await here.posts(shown.thread))[shown.id]


async def told(here: Place, shown: Shown) -> list[str]:
    """Return what tells a thread of a correction, beside the post that was edited."""
    posts = await here.posts(shown.thread)
    return [whole for post_id, whole in posts.items() if post_id != shown.id and "Corrected:" in whole]


async def test_an_entry_that_is_corrected_and_later_archived_takes_its_posts_along(here: Place) -> None:
    """Posts are edited, and open threads told, once for each change, also over a crash."""
    await solve(here)
    _, shown = await suggested(here, PARAPHRASE, "ravi")
    muted, shown_muted = await suggested(here, OTHER_QUESTIONS[0], "rosa")
    closed, shown_closed = await suggested(here, OTHER_QUESTIONS[1], "li")
    await here.command("rosa", muted.thread, "mute thread")
    await here.command("anna", closed.thread, "resolve")

    entry = await entry_id(here)
    await here.command("anna", None, f"kb edit {entry} resolution: {RIGHT}")
    for one in (shown, shown_muted, shown_closed):
        assert "payments-v2" in await corrected(here, one, "payments-v2")
    await here.program.eventually("the open thread is told", lambda: told(here, shown))

    await here.program.kill()
    await here.program.start()
    await here.command("anna", None, "stats")  # it is at work again
    await asyncio.sleep(1.0)
    assert [len(await told(here, one)) for one in (shown, shown_muted, shown_closed)] == [1, 0, 0]
    assert await here.suggestions() == []

    await here.command("anna", None, f"kb archive {entry} the deployment is gone")
    assert ANSWER not in await corrected(here, shown, "please do not follow")

    async def told_again() -> bool:
        return len(await told(here, shown)) > 1

    await here.program.eventually("the open thread is told again", told_again)
    await asyncio.sleep(1.0)
    assert [len(await told(here, one)) for one in (shown, shown_muted, shown_closed)] == [2, 0, 0]


async def test_an_analysts_words_after_a_suggestion_correct_it_where_they_were_said(here: Place) -> None:
    await solve(here)
    asked, shown = await suggested(here, PARAPHRASE, "ravi")
    _, shown_other = await suggested(here, OTHER_QUESTIONS[0], "rosa")
    await here.say("anna", f"No, that is out of date. {RIGHT}", thread=asked.thread)

    whole = await corrected(here, shown, "payments-v2")
    assert "Nobody has validated this yet" in whole
    await here.program.kill()
    await here.program.start()
    assert "Corrected:" not in await now(here, shown_other)  # two opinions: a person decides

    code, out, err = await here.program.vigil("kb", "review")
    assert code == 0, err
    correction = next(line.split()[0] for line in out.splitlines() if line.startswith("c-") and "contradicted" in line)
    assert "Approved." in await here.command("anna", None, f"kb approve {correction}")
    assert "payments-v2" in await corrected(here, shown_other, "payments-v2")
    await here.program.eventually("the other thread is told", lambda: told(here, shown_other))
    assert await told(here, shown) == []  # it was said there
    assert len(await told(here, shown_other)) == 1
