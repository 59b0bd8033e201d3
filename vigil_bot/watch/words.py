"""What follows `/vigil watch`, as people type it; pure."""

import difflib
import re
from dataclasses import dataclass, field

from vigil_bot.errors import InputError
from vigil_bot.model.watch import Level, RuleKind
from vigil_bot.texts.text import Text

VERBS = ("list", "add", "edit", "remove", "test", "mute", "unmute", "show")
_CHINESE = {
    **dict.fromkeys(("列表", "查看"), "list"),
    **dict.fromkeys(("添加", "新增"), "add"),
    **dict.fromkeys(("修改", "编辑"), "edit"),
    **dict.fromkeys(("删除", "移除"), "remove"),
    **dict.fromkeys(("测试", "试"), "test"),
    **dict.fromkeys(("静音",), "mute"),
    **dict.fromkeys(("取消静音",), "unmute"),
    **dict.fromkeys(("详情",), "show"),
}
_MANY = ("names", "like", "unlike")
_QUOTED = r'"[^"]*"|“[^”]*”|「[^」]*」|/(?:\\.|[^/\\])+/'
_TOKEN = re.compile(rf"(?:([a-z_]+)[=＝])?({_QUOTED}|[^\s\"“「]\S*)\s*", re.IGNORECASE)
_HINT = (
    '`/vigil watch add outage P0 /(site|api) is down/ to=#C1` or `/vigil watch add upset P1 "this is unacceptable"`.'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchCommand:
    """What to do with which rule; given are the keys of a rule, rest what follows the name otherwise."""

    verb: str
    name: str = ""
    given: dict[str, object] = field(default_factory=dict)
    rest: str = ""


def parse_watch(text: str) -> WatchCommand:
    """Return what is asked for; nothing is the list.

    Raises:
        InputError: If it cannot be read.
    """
    word, _, rest = text.strip().partition(" ")
    verb = _CHINESE.get(word, word.lower() or "list")
    if verb not in VERBS:
        near = difflib.get_close_matches(verb, VERBS, n=1)
        hint = (
            Text("Did you mean `watch {verb}`?", verb=near[0])
            if near
            else Text("There are {verbs}.", verbs=", ".join(VERBS))
        )
        raise InputError(Text("There is no `watch {word}`.", word=word[:40]), hint=hint)
    if verb == "list":
        return WatchCommand(verb=verb)
    name, _, rest = rest.strip().partition(" ")
    if not name:
        raise InputError(
            Text("Which rule?"), hint=Text("`/vigil watch {verb} NAME`; `/vigil watch` lists them.", verb=verb)
        )
    given = parse_given(rest) if verb in ("add", "edit") else {}
    return WatchCommand(verb=verb, name=name, given=given, rest=rest.strip())


def parse_given(text: str) -> dict[str, object]:
    """Return the keys in `P0 filter /pattern/ "example" not "counter-example" key=value`.

    Raises:
        InputError: If a word stands for nothing, or a key is said twice.
    """
    given: dict[str, object] = {}
    at, unlike = 0, False
    text = text.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise InputError(
                Text("I cannot read `{words}`.", words=text[at : at + 40]), hint=Text('A phrase stands in "quotes".')
            )
        at = token.end()
        key, value = (token[1] or "").lower(), token[2]
        if not key and value.lower() in ("not", "不是", "unlike"):
            unlike = True
            continue
        key = key or _meant(value, unlike=unlike)
        _put(given, key, _bare(value, key))
    return given


def _meant(value: str, *, unlike: bool) -> str:
    """Return the key that a bare word stands for."""
    if value.upper() in Level.__members__:
        return "level"
    if value.lower() in RuleKind.__members__.values():
        return "kind"
    if value.startswith("/") and value.endswith("/") and len(value) > 1:
        return "pattern"
    if value[0] in '"“「':
        return "unlike" if unlike else "like"
    raise InputError(Text("I do not know what `{word}` stands for.", word=value[:40]), hint=_HINT)


def _bare(value: str, key: str) -> str:
    if key == "level":
        return value.upper()
    if len(value) > 1 and (value[0], value[-1]) in (('"', '"'), ("“", "”"), ("「", "」")):
        return value[1:-1]
    if key in ("pattern", "unless") and len(value) > 1 and value[0] == value[-1] == "/":
        return value[1:-1].replace(r"\/", "/")
    return value.lower() if key in ("kind", "of", "speaker") else value


def _put(given: dict[str, object], key: str, value: str) -> None:
    if key in _MANY:
        known = given.get(key)
        named = [part.strip() for part in re.split(r"[,，、]", value) if part.strip()] if key == "names" else [value]
        given[key] = [*(known if isinstance(known, list) else ()), *named]
    elif key in given:
        raise InputError(Text("`{key}` is said twice.", key=key))
    else:
        given[key] = value
