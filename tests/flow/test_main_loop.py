"""The whole loop, on the running program, through its API and its command line."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flow.program import Program

QUESTION = "payments pods crash with error PAY-1203 since the certificate rotation, how do we fix it?"
ANSWER = (
    "The sidecar caches the old certificate. Run `kubectl rollout restart deploy/payments -n pay` to load the new one."
)
PARAPHRASE = "after rotating the cert our payment pods keep crashing with PAY-1203, any idea?"


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    program = Program(tmp_path / "home")
    await program.start()
    await program.channel("oncall")
    yield program
    await program.stop()


async def solve(program: Program, question: str, answer: str, thanks: str) -> str:
    """Let people solve a case; return its thread."""
    asked = await program.say("oncall", "rita", "requester", question)
    thread: str = asked["thread_id"]
    await program.say("oncall", "anna", "analyst", answer, thread=thread)
    await program.say("oncall", "rita", "requester", thanks, thread=thread)
    await program.command("oncall", thread, "anna", "/vigil resolve")
    return thread


async def test_a_solved_case_answers_the_next_person_in_other_words(program: Program) -> None:
    await solve(program, QUESTION, ANSWER, "That fixed it, thank you!")
    solution = next(m["id"] for m in await program.messages("oncall") if m["author"] == "anna")
    code, out, err = await program.vigil("distill", "--json")
    assert (code, json.loads(out)["added"]) == (0, 1), err

    asked = await program.say("oncall", "ravi", "requester", PARAPHRASE)
    posts = await program.eventually("a suggestion", lambda: program.suggestions("oncall", asked["thread_id"]))
    await asyncio.sleep(1.0)

    assert len(posts) == len(await program.suggestions("oncall", asked["thread_id"])) == 1
    assert "rollout restart" in posts[0]["text"]
    assert f"/#/c/oncall/m/{solution}" in json.dumps(posts[0]["card"])  # the link to where it was solved
    why = await program.command("oncall", asked["thread_id"], "ravi", f"/vigil why {asked['id']}")
    assert "I suggested an answer" in why


async def test_a_case_in_chinese_answers_the_next_person(program: Program) -> None:
    await solve(
        program,
        "订单服务升级之后一直报 ORD-77 错误，接口全部超时，怎么处理？",
        "连接池配置被重置了，把 max_pool_size 改回 200 再重启订单服务就好。",
        "好了，已经恢复，谢谢",
    )
    await program.vigil("distill")

    asked = await program.say("oncall", "li", "requester", "请问升级后订单服务接口都超时，报错 ORD-77，有办法吗？")
    posts = await program.eventually("a suggestion", lambda: program.suggestions("oncall", asked["thread_id"]))

    assert "max_pool_size" in posts[0]["text"]


async def test_chatter_questions_without_an_entry_and_muted_threads_get_no_post(program: Program) -> None:
    await solve(program, QUESTION, ANSWER, "That fixed it, thank you!")
    await program.vigil("distill")

    chatter = await program.say("oncall", "bob", "requester", "good morning all, lunch at 12?")
    other = await program.say("oncall", "bob", "requester", "how do I reset my VPN password?")
    muted = await program.say("oncall", "bob", "requester", "hello, quick one about payments")
    await program.command("oncall", muted["thread_id"], "bob", "/vigil mute")
    late = await program.say("oncall", "bob", "requester", PARAPHRASE, thread=muted["thread_id"])

    for posted, expected in ((chatter, "I stayed silent"), (other, "I stayed silent"), (late, "muted")):
        why = f"/vigil why {posted['id']}"

        async def receipt(why: str = why, thread: str = posted["thread_id"], expected: str = expected) -> bool:
            return expected in await program.command("oncall", thread, "bob", why)

        await program.eventually(f"a receipt: {expected}", receipt)
    assert [
        m for m in await program.messages("oncall") if m["kind"] == "bot" and m["card"]["kind"] == "suggestion"
    ] == []


async def test_feedback_moves_the_trust_in_the_entry(program: Program) -> None:
    await solve(program, QUESTION, ANSWER, "That fixed it, thank you!")
    await program.vigil("distill")
    asked = await program.say("oncall", "ravi", "requester", PARAPHRASE)
    (post,) = await program.eventually("a suggestion", lambda: program.suggestions("oncall", asked["thread_id"]))

    await program.call("POST", f"/api/messages/{post['id']}/reactions", {"author": "ravi", "emoji": "👍"})
    button = next(b for b in post["card"]["buttons"] if b["action"] == "not_helpful")
    await program.call(
        "POST",
        f"/api/messages/{post['id']}/actions",
        {"author": "anna", "action": button["action"], "value": button["value"]},
    )

    async def counted() -> bool:
        _, out, _ = await program.vigil("kb", "list", "--json")
        (entry,) = json.loads(out)
        return (entry["reuse_count"], entry["helpful"], entry["unhelpful"]) == (1, 1, 1)

    await program.eventually("both verdicts", counted)


async def test_a_person_who_answers_first_keeps_the_bot_silent(program: Program) -> None:
    await solve(program, QUESTION, ANSWER, "That fixed it, thank you!")
    await program.vigil("distill")

    asked = await program.say("oncall", "ravi", "requester", PARAPHRASE)
    text = "Please restart the payments deployment, that loads the new certificate."
    await program.say("oncall", "anna", "analyst", text, thread=asked["thread_id"])

    async def receipt() -> bool:
        why = await program.command("oncall", asked["thread_id"], "ravi", f"/vigil why {asked['id']}")
        return "already dealing" in why

    await program.eventually("a receipt", receipt)
    assert await program.suggestions("oncall", asked["thread_id"]) == []


async def test_off_is_off_and_shadow_only_records(program: Program) -> None:
    await solve(program, QUESTION, ANSWER, "That fixed it, thank you!")
    await program.vigil("distill")

    await program.command("oncall", None, "anna", "/vigil mode shadow")
    asked = await program.say("oncall", "ravi", "requester", PARAPHRASE)

    async def receipt() -> bool:
        why = await program.command("oncall", asked["thread_id"], "ravi", f"/vigil why {asked['id']}")
        return "shadow" in why and "rollout restart" in why

    await program.eventually("a receipt of what it would have said", receipt)
    await program.command("oncall", None, "anna", "/vigil mode off")
    off = await program.say("oncall", "rosa", "requester", PARAPHRASE)
    await asyncio.sleep(1.0)

    assert "off in this channel" in await program.command("oncall", off["thread_id"], "rosa", f"/vigil why {off['id']}")
    assert [
        m for m in await program.messages("oncall") if m["kind"] == "bot" and m["card"]["kind"] == "suggestion"
    ] == []


async def test_private_mode_shows_the_suggestion_to_analysts_who_may_send_it(program: Program) -> None:
    await solve(program, QUESTION, ANSWER, "That fixed it, thank you!")
    await program.vigil("distill")
    await program.command("oncall", None, "anna", "/vigil mode private")

    asked = await program.say("oncall", "ravi", "requester", PARAPHRASE)

    async def receipt() -> bool:
        why = await program.command("oncall", asked["thread_id"], "ravi", f"/vigil why {asked['id']}")
        return "posted" in why

    await program.eventually("a delivery to the analysts", receipt)
    assert await program.suggestions("oncall", asked["thread_id"]) == []


async def test_it_stops_cleanly_and_a_second_process_is_refused(program: Program) -> None:
    code, _, err = await program.vigil("run")
    assert code == 1
    assert "another" in err.lower()
    assert await program.stop() == 0
    await program.start()
