"""The whole loop, on the running program, on every platform, as people there see it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.flow.places import PLACES, Place, Said

QUESTION = "payments pods crash with error PAY-1203 since the certificate rotation, how do we fix it?"
ANSWER = (
    "The sidecar caches the old certificate. Run `kubectl rollout restart deploy/payments -n pay` to load the new one."
)
PARAPHRASE = "after rotating the cert our payment pods keep crashing with PAY-1203, any idea?"


@pytest.fixture(params=list(PLACES))
async def here(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with PLACES[request.param](tmp_path / "home") as place:
        yield place


async def solve(
    here: Place, question: str = QUESTION, answer: str = ANSWER, thanks: str = "That fixed it, thank you!"
) -> Said:
    """Let people solve a case, have it distilled, and return the message that solved it."""
    asked = await here.say("rita", question)
    solution = await here.say("anna", answer, thread=asked.thread)
    await here.say("rita", thanks, thread=asked.thread)
    await here.command("anna", asked.thread, "resolve")
    await learned(here, asked)
    return solution


async def learned(here: Place, asked: Said) -> None:
    """Have what is solved distilled, until it is known what solved this."""

    async def known() -> bool:
        code, _, err = await here.program.vigil("distill", "--json")
        assert code == 0, err
        return any(asked.thread in source["thread_id"] for entry in await entries(here) for source in entry["sources"])

    await here.program.eventually("an entry", known)


async def entries(here: Place) -> list[dict[str, Any]]:
    """Return what is known from this platform."""
    _, out, _ = await here.program.vigil("kb", "list", "--json")
    return [e for e in json.loads(out) if e["sources"][0]["thread_id"].startswith(f"{here.name}/")]


async def receipt(here: Place, author: str, said: Said, expected: str) -> str:
    """Wait until /vigil why says something of a message."""

    async def why() -> str:
        shown = await here.command(author, said.thread, f"why {here.reference(said)}")
        return shown if expected in shown else ""

    found: str = await here.program.eventually(f"a receipt: {expected}", why)
    return found


async def test_a_solved_case_answers_the_next_person_in_other_words(here: Place) -> None:
    solution = await solve(here)
    assert len(await entries(here)) == 1
    asked = await here.say("ravi", PARAPHRASE)
    posts = await here.program.eventually("a suggestion", lambda: here.suggestions(asked.thread))
    await asyncio.sleep(1.0)

    assert len(posts) == len(await here.suggestions()) == 1
    assert "rollout restart" in posts[0].text
    assert here.link(solution) in posts[0].whole  # where it was solved
    await receipt(here, "ravi", asked, "I suggested an answer")


async def test_a_case_in_chinese_answers_the_next_person(here: Place) -> None:
    await solve(
        here,
        "订单服务升级之后一直报 ORD-77 错误，接口全部超时，怎么处理？",
        "连接池配置被重置了，把 max_pool_size 改回 200 再重启订单服务就好。",
        "好了，已经恢复，谢谢",
    )
    asked = await here.say("li", "请问升级后订单服务接口都超时，报错 ORD-77，有办法吗？")
    (post,) = await here.program.eventually("a suggestion", lambda: here.suggestions(asked.thread))

    assert "max_pool_size" in post.text
    assert "以前解决过类似问题" in post.whole


async def test_chatter_questions_without_an_entry_and_muted_threads_get_no_post(here: Place) -> None:
    await solve(here)
    chatter = await here.say("bob", "good morning all, lunch at 12?")
    other = await here.say("bob", "how do I reset my VPN password?")
    muted = await here.say("bob", "hello, quick one about payments")
    await here.command("bob", muted.thread, "mute")
    late = await here.say("bob", PARAPHRASE, thread=muted.thread)

    for said, expected in ((chatter, "I stayed silent"), (other, "I stayed silent"), (late, "muted")):
        await receipt(here, "bob", said, expected)
    assert await here.suggestions() == []


async def test_feedback_moves_the_trust_in_the_entry(here: Place) -> None:
    await solve(here)
    asked = await here.say("ravi", PARAPHRASE)
    (post,) = await here.program.eventually("a suggestion", lambda: here.suggestions(asked.thread))

    await here.react("ravi", post.id, "👍")
    await here.press("anna", post, "not_helpful")

    async def counts() -> tuple[int, int, int] | None:
        (entry,) = await entries(here)
        found = (entry["reuse_count"], entry["helpful"], entry["unhelpful"])
        return found if sum(found) == 3 else None

    assert await here.program.eventually("both verdicts", counts) == (1, 1, 1)


async def test_a_person_who_answers_first_keeps_the_bot_silent(here: Place) -> None:
    await solve(here)
    asked = await here.say("ravi", PARAPHRASE)
    text = "Please restart the payments deployment, that loads the new certificate."
    await here.say("anna", text, thread=asked.thread)

    await receipt(here, "ravi", asked, "already dealing")
    assert await here.suggestions() == []


async def test_off_is_off_and_shadow_only_records(here: Place) -> None:
    await solve(here)
    await here.command("anna", None, "mode shadow")
    asked = await here.say("ravi", PARAPHRASE)
    assert "rollout restart" in await receipt(here, "ravi", asked, "shadow")

    await here.command("anna", None, "mode off")
    off = await here.say("rosa", PARAPHRASE)
    await asyncio.sleep(1.0)
    await receipt(here, "rosa", off, "off in this channel")
    assert await here.suggestions() == []


async def test_private_mode_shows_the_suggestion_to_analysts_who_may_send_it(here: Place) -> None:
    await solve(here)
    await here.command("anna", None, "mode private")
    asked = await here.say("ravi", PARAPHRASE)

    await here.program.eventually("a whisper", lambda: here.whispers("anna"))
    await receipt(here, "anna", asked, "posted")
    assert await here.whispers("ravi") == []
    assert await here.suggestions() == []


async def test_it_stops_cleanly_and_a_second_process_is_refused(here: Place) -> None:
    code, _, err = await here.program.vigil("run")
    assert code == 1
    assert "another" in err.lower()
    assert await here.program.stop() == 0
    await here.program.start()
