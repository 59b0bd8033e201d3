"""Commands as people say them, in English and Chinese; pure."""

import re
from collections.abc import Mapping

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
    **dict.fromkeys(("设定", "修改设置"), "set"),
    **dict.fromkeys(("取消设定", "恢复设置"), "unset"),
    **dict.fromkeys(("差点说的", "未发建议"), "nearly"),
    **dict.fromkeys(("学习",), "learn"),
    **dict.fromkeys(("首页", "主页"), "home"),
    **dict.fromkeys(("错过了什么", "补看"), "catchup"),
    **dict.fromkeys(("交接", "交班"), "handoff"),
    **dict.fromkeys(("取消关联", "解除关联"), "unlink"),
    **dict.fromkeys(("关联",), "link"),
    **dict.fromkeys(("关注规则", "监控规则"), "watch"),
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
    **dict.fromkeys(
        ("help", "status", "summary", "stats", "settings", "home", "reopen", "catchup", "unlink", "nearly"), 0
    ),
    **dict.fromkeys(("why", "unmute", "mode", "learn", "unset", "link", "handoff"), 1),
    "mute": 2,
}
_WORD = re.compile(r"[a-z]+(?=$|[\s.!?。！？:：,，])", re.IGNORECASE)
_LONGEST_FIRST = sorted(_SAID, key=len, reverse=True)
_DURATION = re.compile(r"(\d{1,5}) ?(分钟|小时|天)")
_UNIT = {"分钟": "m", "小时": "h", "天": "d"}
_BETWEEN = " \t\n.!?。！？:：,，、"
CHINESE_NAMES = frozenset(_SAID.values())


def split(said: str) -> tuple[str, str]:
    """Return the English command word that a text begins with, and what follows; "" if it begins with a sentence."""
    word = _WORD.match(said)
    if word is not None:
        return word[0].lower(), said[word.end() :].strip(_BETWEEN)
    for alias in _LONGEST_FIRST:
        if said.startswith(alias):
            name, rest = _SAID[alias], said[len(alias) :]
            stands_alone = not rest or rest[0] in _BETWEEN
            return (name, rest.strip(_BETWEEN)) if stands_alone or name in _WITHOUT_SPACE else ("", "")
    return "", ""


def translated(name: str, rest: str) -> str:
    """Return what follows a command word, in the words that the commands know."""
    if name not in ("mute", "unmute", "mode", "learn", "kb"):
        return rest
    timed = _DURATION.sub(lambda found: f"{found[1]}{_UNIT[found[2]]} ", rest)
    first, *others = timed.split() or [""]
    if name == "kb":
        return " ".join([_MEANT.get(first, first), *others])
    return " ".join(_MEANT.get(word, word) for word in (first, *others)).strip()


def fits(name: str, rest: str) -> bool:
    """Whether what follows a command word is its arguments rather than the rest of a sentence."""
    count = len(rest.split())
    if count > _SHORT.get(name, count):
        return False
    return name != "why" or rest.isascii()
