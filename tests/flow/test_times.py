"""How long people wait: from the messages they write to what `/vigil stats`, the metrics and a replay say of it."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

from tests.fakes.world import World, world
from vigil_bot.model.card import FactsBlock
from vigil_bot.model.conversation import Message, Role

ROOT = Path(__file__).parents[2]
TOLD = (  # rita waits 10 minutes for anna, anna 5 for rita, rita 15 for the answer, and tells after 30 that it worked
    (0, "rita", "the payments pods crash with PAY-1203 since this morning, how do I fix it?"),
    (10, "anna", "which version do you run?"),
    (15, "rita", "we run 4.2"),
    (30, "anna", "the sidecar caches the old certificate. Run `kubectl rollout restart deploy/payments` to fix it."),
    (60, "rita", "that worked, thanks!"),
)
TOLD_ZH = (  # the same in another channel, twice as slowly
    (0, "rita", "支付服务一直报错 PAY-1203，怎么处理？"),
    (20, "anna", "你们用的是哪个版本？"),
    (30, "rita", "4.2 版本"),
    (60, "anna", "证书缓存了，执行 `kubectl rollout restart deploy/payments` 重启就好。"),
    (120, "rita", "可以了，谢谢！"),
)
ROLES = {"rita": Role.REQUESTER, "anna": Role.ANALYST}
START = 1_700_000_000.0


async def tell(w: World) -> None:
    thread: Message | None = None
    start = w.clock.now() + 1.0
    for minute, by, text in TOLD:
        await w.wait(start + minute * 60.0 - w.clock.now() - 1.0)
        said = await w.say(text, by=by, role=ROLES[by], thread=thread.id if thread else None)
        thread = thread or said


async def test_stats_say_how_long_people_waited() -> None:
    async with world() as w:
        await tell(w)
        card = await w.command("stats")
    facts = {
        str(name): str(value) for block in card.blocks if isinstance(block, FactsBlock) for name, value in block.facts
    }
    usual = "{0} (nine of ten: {0}), 1 case"
    assert facts["First human answer"] == usual.format("30 min")
    assert facts["Until solved"] == usual.format("60 min")
    assert facts["Waited for analysts"] == usual.format("25 min")
    assert facts["Waited for requesters"] == usual.format("35 min")


async def test_stats_say_how_long_the_cases_of_a_topic_took() -> None:
    async with world() as w:
        for number, words in enumerate(
            ("the invoice export hangs", "no invoice arrives by mail", "my invoice is empty")
        ):
            asked = await w.say(f"{words}, how do I fix it?", by=f"rita{number}", role=Role.REQUESTER)
            await w.wait(600.0)
            await w.say("Run `billing repair` to fix it.", by="anna", role=Role.ANALYST, thread=asked.id)
            await w.wait(300.0)
            await w.say("that worked, thanks!", by=f"rita{number}", role=Role.REQUESTER, thread=asked.id)
        for number in range(12):
            await w.say(f"how do I reset password{number}?", by=f"rob{number}", role=Role.REQUESTER)
        card = await w.command("stats")
    facts = dict(fact for block in card.blocks if isinstance(block, FactsBlock) for fact in block.facts)
    of_topics = {str(name): str(value) for name, value in facts.items() if str(name).startswith("About")}
    assert of_topics == {"About “invoice”, until solved": "15 min (nine of ten: 15 min), 3 cases"}


async def test_metrics_count_each_stretch_once() -> None:
    async with world() as w:
        await tell(w)
        found = dict(line.rsplit(" ", 1) for line in w.engine.metrics.render().decode().splitlines())
    here = 'channel="test/w/oncall"'
    for name, count, seconds in (
        (f"first_answer_seconds{{}}{{{here}}}", 1, 30 * 60),
        (f"resolution_seconds{{}}{{{here}}}", 1, 60 * 60),
        (f'waiting_seconds{{}}{{{here},side="analyst"}}', 2, (10 + 15) * 60),
        (f'waiting_seconds{{}}{{{here},side="requester"}}', 2, (5 + 30) * 60),
    ):
        assert float(found["vigil_case_" + name.replace("{}", "_count", 1)]) == count, name
        assert float(found["vigil_case_" + name.replace("{}", "_sum", 1)]) == seconds, name


def recorded(channel: str, told: tuple[tuple[int, str, str], ...]) -> str:
    messages = [
        {
            "id": f"{channel}-{n}",
            "author": by,
            "ts": START + minute * 60.0,
            "text": text,
            "role": ROLES[by].value,
        }
        for n, (minute, by, text) in enumerate(told)
    ]
    return json.dumps({"thread_id": f"{channel}-0", "channel": channel, "messages": messages}, ensure_ascii=False)


def pair(count: int, minutes: float, ninetieth: float) -> dict[str, float]:
    return {"count": count, "median": minutes * 60.0, "ninetieth": ninetieth * 60.0}


def channel(name: str, answer: float, solved: float, on_analyst: float, on_requester: float) -> dict[str, object]:
    return {
        "channel": name,
        "cases": 1,
        "first_answer_s": pair(1, answer, answer),
        "resolution_s": pair(1, solved, solved),
        "on_analyst_s": pair(1, on_analyst, on_analyst),
        "on_requester_s": pair(1, on_requester, on_requester),
    }


async def test_a_replay_of_given_times_says_them_over_all_and_by_channel(tmp_path: Path) -> None:
    source, out = tmp_path / "threads.jsonl", tmp_path / "out"
    source.write_text("\n".join((recorded("oncall", TOLD), recorded("zhichi", TOLD_ZH))), "utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "vigil_bot", "replay", str(source), "--out", str(out), "--no-learn"),
        cwd=ROOT,
        env={**os.environ, "VIGIL_EMBEDDER": "builtin"},
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    every, *channels = json.loads((out / "summary.json").read_text("utf-8"))["times"]
    assert channels == [channel("oncall", 30, 60, 25, 35), channel("zhichi", 60, 120, 50, 70)]
    assert (every["cases"], every["first_answer_s"]) == (2, pair(2, 45, 57))
    assert every["on_analyst_s"] == pair(2, 37.5, 47.5)
    assert every["on_requester_s"] == pair(2, 52.5, 66.5)
    assert every["resolution_s"] == pair(2, 90, 114)
    page = (out / "report.html").read_text("utf-8")
    for name, *shown in (
        ("all", "45 min, 57 min", "1.5 h, 1.9 h", "38 min, 48 min", "52 min, 66 min"),
        ("oncall", "30 min, 30 min", "60 min, 60 min", "25 min, 25 min", "35 min, 35 min"),
        ("zhichi", "60 min, 60 min", "2.0 h, 2.0 h", "50 min, 50 min", "70 min, 70 min"),
    ):
        row = page[page.index(f'<th scope="row">{name}</th>') :].split("</tr>")[0]
        assert re.findall(r"<td[^>]*>([^<]+)</td>", row)[1:] == shown, name
