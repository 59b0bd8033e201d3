"""Commands as people say them to the bot, in English and Chinese; and what a pressed button says. Pure."""

import re
from collections.abc import Callable, Mapping

from pydantic import JsonValue

Json = dict[str, JsonValue]

_SAID: Mapping[str, str] = {
    **dict.fromkeys(("帮助", "使用帮助", "怎么用"), "help"),
    **dict.fromkeys(("提问", "请问", "查询", "问"), "ask"),
    **dict.fromkeys(("为什么", "为何", "原因"), "why"),
    **dict.fromkeys(("状态", "进展", "进度"), "status"),
    **dict.fromkeys(("总结", "摘要", "小结", "概括"), "summary"),
    **dict.fromkeys(("已解决", "解决", "结案"), "resolve"),
    **dict.fromkeys(("重新打开", "重开", "未解决"), "reopen"),
    **dict.fromkeys(("取消静音", "解除静音"), "unmute"),
    **dict.fromkeys(("静音", "免打扰"), "mute"),
    **dict.fromkeys(("模式",), "mode"),
    **dict.fromkeys(("知识库", "知识"), "kb"),
    **dict.fromkeys(("统计", "数据"), "stats"),
    **dict.fromkeys(("设置", "配置"), "settings"),
    **dict.fromkeys(("学习",), "learn"),
    **dict.fromkeys(("首页", "主页"), "home"),
    **dict.fromkeys(("错过了什么", "补看"), "catchup"),
    **dict.fromkeys(("交接", "交班"), "handoff"),
}
_MEANT: Mapping[str, str] = {  # words after a command
    **dict.fromkeys(("本群", "群", "频道", "全群"), "channel"),
    **dict.fromkeys(("话题", "本话题"), "thread"),
    **dict.fromkeys(("我", "对我"), "me"),
    **dict.fromkeys(("关闭", "关"), "off"),
    **dict.fromkeys(("影子", "观察"), "shadow"),
    **dict.fromkeys(("私密", "私有", "仅分析师"), "private"),
    **dict.fromkeys(("开启", "打开", "开"), "on"),
    **dict.fromkeys(("搜索", "查找"), "search"),
}
_WITHOUT_SPACE = frozenset({"mute", "unmute", "mode"})  # 静音30分钟; elsewhere a sentence may begin with the word
_SHORT: Mapping[str, int] = {  # how many words may follow; with more of them it is a sentence that begins with the word
    **dict.fromkeys(("help", "status", "summary", "stats", "settings", "home", "reopen", "catchup", "handoff"), 0),
    **dict.fromkeys(("why", "unmute", "mode", "learn"), 1),
    "mute": 2,
}
_PREFIX = re.compile(r"^/?vigil\b[\s:,，：]*(?=\S)", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+(?=$|[\s.!?。！？:：,，])", re.IGNORECASE)
_LONGEST_FIRST = sorted(_SAID, key=len, reverse=True)
_DURATION = re.compile(r"(\d{1,5}) ?(分钟|小时|天)")
_UNIT = {"分钟": "m", "小时": "h", "天": "d"}
_BETWEEN = " \t\n.!?。！？:：,，、"


def command_in(words: str, is_command: Callable[[str], bool]) -> str | None:
    """Return the command that somebody said to us, in the words that the core knows; None if it is none.

    "help" is a command and "help me with this" is not, unless it is said with the bot's command word: "/vigil help me".
    """
    said = words.strip()
    called = _PREFIX.match(said)
    name, rest = _split(said[called.end() :] if called else said)
    if not name or not is_command(name):
        return None
    rest = _translated(name, rest)
    if called is None and not _fits(name, rest):
        return None
    return f"{name} {rest}".strip()


def _split(said: str) -> tuple[str, str]:
    """Return the English command word that a text begins with, and what follows."""
    word = _WORD.match(said)
    if word is not None:
        return word[0].lower(), said[word.end() :].strip(_BETWEEN)
    for alias in _LONGEST_FIRST:
        if said.startswith(alias):
            name, rest = _SAID[alias], said[len(alias) :]
            stands_alone = not rest or rest[0] in _BETWEEN
            return (name, rest.strip(_BETWEEN)) if stands_alone or name in _WITHOUT_SPACE else ("", "")
    return "", ""


def _translated(name: str, rest: str) -> str:
    if name not in ("mute", "unmute", "mode", "learn", "kb"):
        return rest
    timed = _DURATION.sub(lambda found: f"{found[1]}{_UNIT[found[2]]} ", rest)
    first, *others = timed.split() or [""]
    if name == "kb":
        return " ".join([_MEANT.get(first, first), *others])
    return " ".join(_MEANT.get(word, word) for word in (first, *others)).strip()


def _fits(name: str, rest: str) -> bool:
    """Whether what follows a command word is its arguments rather than the rest of a sentence."""
    count = len(rest.split())
    if count > _SHORT.get(name, count):
        return False
    return name != "why" or rest.isascii()


_TOASTS: Mapping[str, tuple[str, str]] = {
    "helpful": ("Thank you.", "谢谢反馈。"),
    "not_helpful": ("Thank you. You can say what was wrong.", "谢谢反馈，可以补充说明哪里不对。"),
    "solved": ("Glad to hear it.", "很高兴帮上忙。"),
    "comment": ("Thank you.", "谢谢，已保存。"),
    "send": ("On its way to the thread.", "正在发送到话题。"),
    "mute": ("I will be silent here.", "好的，我在这里保持安静。"),
    "dismiss": ("Dismissed.", "已忽略。"),
    "learn": ("Noted: I will learn from this thread.", "已记下，会从这个话题学习。"),
    "command": ("One moment …", "请稍候……"),
    "empty": ("Nothing was written.", "没有填写内容。"),
    "failed": ("That did not work.", "没有成功。"),
    "unknown": ("This card is too old for me.", "这张卡片已失效。"),
}
_NOTED = ("Noted.", "已记录。")
_TROUBLE = {"empty", "unknown"}


def toast_of(what: str) -> Json:
    """Return what Lark shows for a moment to the one who pressed, in the language of their Lark."""
    english, chinese = _TOASTS.get(what, _NOTED)
    kind = "warning" if what in _TROUBLE else "info" if what == "command" else "success"
    return {"toast": {"type": kind, "content": english, "i18n": {"en_us": english, "zh_cn": chinese}}}


def said_of(what: str, language: str) -> str:
    """Return the same words in one language, for a card."""
    return _TOASTS.get(what, _NOTED)[language == "zh"]
