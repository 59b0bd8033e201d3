"""A channel that speaks Chinese: in whatever we show there, no English word is left but those of people, code and names."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest

from tests.fakes.world import World, world
from vigil_bot.commands.kb_parse import USAGE
from vigil_bot.commands.parse import NAMES
from vigil_bot.model.card import Card
from vigil_bot.model.case import CaseState
from vigil_bot.model.conversation import Role
from vigil_bot.model.knowledge import Confidence, KnowledgeEntry
from vigil_bot.model.policy import LearnedAudience, Mode, MuteScope, Policy
from vigil_bot.model.watch import Counted, RuleKind, Speaker, WatchRule
from vigil_bot.watch.defaults import defaults

HOUR = 3_600.0
ENTRY = KnowledgeEntry(
    id="e1",
    title="证书轮换后支付服务报 PAY-1203",
    issue="证书轮换之后支付服务不断重启，报错 PAY-1203",
    resolution="边车缓存了旧证书。执行 `kubectl rollout restart deploy/payments -n pay` 即可。",
    confidence=Confidence.VALIDATED,
)
QUESTION = "证书轮换之后支付服务报错 PAY-1203，不断重启，怎么解决？"
LEFT = re.compile(  # what is not ours to translate: code, addresses, times, ids, names of people, rooms and programs
    r"`[^`]*`|/vigil [^\n]*|https?://\S+|\S*(?:UTC|PAY-1203)\S*|\b[pe]-?[0-9a-f]*\d[0-9a-f]*\b"
    r"|\b(?:Vigil|vigil|rita|anna|bob|token|builtin|oncall|m\d+|v\d+|test|kb)\b"
)
WORD = re.compile(r"[A-Za-z_]{2,}")
TYPED = {  # what people type as it is: commands, settings and their values
    *NAMES,
    *(word for line in USAGE for word in WORD.findall(line) if word.islower()),
    *(field.name for field in fields(Policy)),
    *Mode,
    *LearnedAudience,
    *MuteScope,
    *(field.name for field in fields(WatchRule)),
    *(*RuleKind, *Counted, *Speaker),
    *("list", "remove", "silence", "within", "vip", *defaults()),
}
COMMANDS = """
    help; ask PAY-1203 怎么解决; ask 完全无关的事情; why; status; summary; mute 30m; unmute; mute me; unmute me; unmute channel
    mode; mode private; mode on; mode dance; kb; kb search 证书; kb show e1; kb show e9; kb history e1; kb review; kb gaps
    kb add 磁盘满了 => 清理旧日志; kb edit e1 cause: 缓存没有刷新; kb edit e1 colour: x; kb approve e1; kb reject e1 不对
    kb history e1; kb undo e1; kb archive e1; kb undo e1; kb merge e1 e1; kb split e1 9; kb dance; kb add x; stats; settings
    learn; learn soon; catchup; handoff; home; status; set; set cooldown_s; set colour 1
    set max_per_day 5; unset max_per_day; nearly; watch; watch add; watch add vip "大客户"; watch show vip
    watch test vip; watch mute vip 2h; watch mute vip soon; watch unmute vip; watch edit vip level=P0; watch edit vip
    watch remove vip; watch remove vip; watch dance; why nothing; mute nothing; danse; 状态; 静音 30分钟
"""


def english(card: Card) -> set[str]:
    """Return the words of a card, and of its buttons, that are neither Chinese nor left as they are."""
    shown = "\n".join([card.text, *(button.label for button in card.buttons)])
    return set(WORD.findall(LEFT.sub(" ", shown))) - TYPED


def commands() -> Iterator[str]:
    yield from (one.strip() for one in re.split(r"[;\n]", COMMANDS) if one.strip())


async def told(here: World) -> str:
    """Have a case with an answer, a promise and its resolution; return its thread."""
    asked = await here.say(QUESTION)
    await here.wait(60)
    await here.say("我先看一下，明天上午给你答复", by="anna", role=Role.ANALYST, thread=asked.id)
    await here.say("还是不行，麻烦再看看", thread=asked.id)
    return asked.id


async def test_everything_that_is_posted_in_a_chinese_thread_is_chinese() -> None:
    async with world() as here:
        await here.know(ENTRY)
        thread = await told(here)
        await here.wait(30 * HOUR)
        await here.say("解决了，谢谢", thread=thread)
        await here.wait(HOUR)
        posted = [card for _ref, card in here.chat.cards.values()]
        assert len(posted) >= 2
        assert {card.title: words for card in posted if (words := english(card))} == {}
        assert any(button.label == "有帮助" for card in posted for button in card.buttons)


@pytest.mark.parametrize(
    ("mode", "given"),
    [
        (Mode.ON, tuple(commands())),
        *((mode, ("why", "settings", "home", "stats")) for mode in Mode if mode is not Mode.ON),
    ],
)
async def test_every_command_is_answered_in_chinese_to_those_who_speak_it(mode: Mode, given: tuple[str, ...]) -> None:
    async with world(mode) as here:
        await here.know(ENTRY, replace(ENTRY, id="e2", confidence=Confidence.NOT_VALIDATED))
        thread = await told(here)
        wrong = {}
        for command in given:
            card = await here.command(command, thread=thread, by="anna", language="zh")
            if english(card):
                wrong[command] = sorted(english(card))
        assert not wrong, "\n".join(f"{command}: {' '.join(words)}" for command, words in wrong.items())


async def test_the_language_of_an_answer_is_that_of_the_person_else_of_words_thread_or_channel() -> None:
    async with world() as here:
        thread = await told(here)
        cases = {
            ("status", "en"): "Waiting on",
            ("status", "zh"): "等待",
            ("status", ""): "等待",  # as the thread
            ("ask how do I get rid of it?", ""): "I know",
        }
        for (command, language), begins in cases.items():
            card = await here.command(command, thread=thread, language=language)
            assert card.title.startswith(begins), (command, language)
        assert (await here.command("help")).title.startswith("I read along")
        assert (await here.command("状态")).title == "操作没有成功。"
        states = {case.state for case in await here.parts.store.cases.cases()}
        assert states <= set(CaseState)
