"""Slack, Lark and the local page in one process, with one knowledge base: each case stays where it belongs."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from tests.flow import test_main_loop as loop
from tests.flow.places import Place, all_places

CASES = {
    "lark": (
        "订单服务升级之后一直报 ORD-77 错误，接口全部超时，怎么处理？",
        "连接池配置被重置了，把 max_pool_size 改回 200 再重启订单服务就好。",
        "好了，已经恢复，谢谢",
        "请问升级后订单服务接口都超时，报错 ORD-77，有办法吗？",
        "max_pool_size",
    ),
    "slack": (
        "payments pods crash with error PAY-1203 since the certificate rotation, how do we fix it?",
        "The sidecar caches the old certificate. Run `kubectl rollout restart deploy/payments -n pay`.",
        "That fixed it, thank you!",
        "after rotating the cert our payment pods keep crashing with PAY-1203, any idea?",
        "rollout restart",
    ),
    "local": (
        "the VPN client fails with error VPN-42 after the update, how do I connect?",
        "Delete the file ~/.vpn/cache and log in again, the update changed its format.",
        "works now, thanks a lot",
        "VPN client says VPN-42 since the update and does not connect, what can I do?",
        "vpn/cache",
    ),
}


async def solve(place: Place) -> None:
    problem, solution, thanks, _, _ = CASES[place.name]
    asked = await place.say("rita", problem)
    await place.say("anna", solution, thread=asked.thread)
    await place.say("rita", thanks, thread=asked.thread)
    await place.command("anna", asked.thread, "resolve")


async def ask(place: Place, of: str) -> str:
    return (await place.say("ravi", CASES[of][3])).thread


async def test_three_platforms_share_a_process_and_keep_their_audiences_apart(tmp_path: Path) -> None:
    async with all_places(tmp_path / "home") as places:
        program = places["local"].program
        await asyncio.gather(*(solve(place) for place in places.values()))
        _, out, _ = await program.vigil("distill", "--json")
        assert json.loads(out)["added"] == 3

        for name, place in places.items():
            others = [await ask(place, of) for of in CASES if of != name]
            own = await ask(place, name)

            async def answered(place: Place = place, own: str = own) -> list[str]:
                return [shown.text for shown in await place.suggestions(own)]

            (text,) = await program.eventually(f"a suggestion on {name}", answered)
            assert CASES[name][4] in text
            await asyncio.sleep(1.0)
            assert [shown.thread for shown in await place.suggestions()] == [own], others
        state = await program.call("GET", "/readyz")
        assert {name: one["connected"] for name, one in state["platforms"].items()} == dict.fromkeys(CASES, True)


@pytest.mark.parametrize(
    "happens",
    [
        loop.test_a_solved_case_answers_the_next_person_in_other_words,
        loop.test_a_case_in_chinese_answers_the_next_person,
        loop.test_chatter_questions_without_an_entry_and_muted_threads_get_no_post,
        loop.test_feedback_moves_the_trust_in_the_entry,
        loop.test_a_person_who_answers_first_keeps_the_bot_silent,
        loop.test_off_is_off_and_shadow_only_records,
        loop.test_private_mode_shows_the_suggestion_to_analysts_who_may_send_it,
    ],
)
async def test_the_same_happens_on_three_platforms_at_the_same_time(
    happens: Callable[[Place], Coroutine[None, None, None]], tmp_path: Path
) -> None:
    async with all_places(tmp_path / "home") as places, asyncio.TaskGroup() as group:
        for place in places.values():
            group.create_task(happens(place))
