"""`/vigil set` and `/vigil unset`: the rules of a channel, changed in chat; what is set there wins over the policy file."""

import json
import re
from collections.abc import Mapping
from datetime import time
from enum import StrEnum

from vigil_bot.commands import cards
from vigil_bot.commands.kb import actor_of
from vigil_bot.commands.parse import duration_s
from vigil_bot.commands.services import Services
from vigil_bot.errors import InputError, SettingsError
from vigil_bot.model.card import Card, FactsBlock, TextBlock
from vigil_bot.model.event import CommandInvoked
from vigil_bot.model.policy import Policy, QuietHours
from vigil_bot.policies import Origin
from vigil_bot.policy_file import IN_CHAT
from vigil_bot.texts.text import Text

SETTABLE: Mapping[str, str] = {
    "mode": Text("off, shadow, private or on"),
    "target_precision": Text("the share of my suggestions that shall prove right, such as 85%"),
    "max_per_day": Text("suggestions a day"),
    "max_per_thread": Text("suggestions a thread"),
    "cooldown_s": Text("how long I am silent after a suggestion, such as 10m"),
    "settle_s": Text("how long a thread must be quiet before I look, such as 30s"),
    "quiet_hours": Text("when I say nothing, such as 22:00-07:00 Europe/Berlin, or none"),
    "zone": Text("the time zone of the channel, such as Asia/Shanghai"),
    "languages": Text("the languages that I answer in: en, zh; none for all"),
    "avoid": Text("topics that I stay out of, with commas between them; none for no topic"),
    "analysts": Text("who counts as an analyst; none for whom the platform names"),
    "read_bots": Text("bots whose messages I read; none for no bot"),
    "audience": Text("who may see what is learned here: channel, workspace or everyone"),
    "react": Text("whether I may put 👀 and ✅ on messages: on or off"),
}
_SHORT = {
    **dict.fromkeys(("precision", "target"), "target_precision"),
    **dict.fromkeys(("day", "posts"), "max_per_day"),
    **dict.fromkeys(("cooldown",), "cooldown_s"),
    **dict.fromkeys(("settle",), "settle_s"),
    **dict.fromkeys(("quiet",), "quiet_hours"),
    **dict.fromkeys(("language",), "languages"),
    **dict.fromkeys(("topics",), "avoid"),
    **dict.fromkeys(("bots",), "read_bots"),
    **dict.fromkeys(("reactions",), "react"),
}
ORIGINS: Mapping[Origin, str] = {
    Origin.CHAT: Text("set here in chat"),
    Origin.CHANNEL: Text("from the policy file, for this channel"),
    Origin.PLATFORM: Text("from the policy file, for this platform"),
    Origin.DEFAULT: Text("from the policy file"),
    Origin.SETTINGS: Text("from the settings of the program"),
    Origin.BUILT_IN: Text("the default"),
}
_NONE = ("none", "[]", "无", "all")
_YES, _NO = ("on", "yes", "true", "开", "是"), ("off", "no", "false", "关", "否")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*s(?:ec(?:onds?)?)?", re.IGNORECASE)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_MENTION = re.compile(r"<@([^>|]+)(?:\|[^>]*)?>|@(?=\S)")
_KINDS: Mapping[str, type] = {name: type(getattr(Policy(), name)) for name in SETTABLE}


async def set_(on: Services, invoked: CommandInvoked, rest: str) -> Card:
    """Change a rule of the channel, or list all of them."""
    policy, channel = on.policy_of(invoked.conversation), invoked.conversation.channel
    if not rest:
        return rules_card(policy, {name: on.rules.origin_of(channel, name) for name in SETTABLE})
    _check_analyst(invoked, policy)
    word, _, text = rest.partition(" ")
    name = name_of(word)
    if not text.strip():
        raise InputError(Text("Set it to what?"), hint=_meaning(name))
    try:
        await on.rules.set(channel, name, written(name, text.strip()))
    except SettingsError as error:
        why = str(error.args[0]).removeprefix(f"{IN_CHAT} {name}: ")
        unfit = Text("`{name}` cannot be `{value}`: {why}", name=name, value=text.strip()[:40], why=why)
        raise InputError(unfit, hint=_meaning(name)) from error
    now = on.policy_of(invoked.conversation)
    return cards.reply(Text("{name} is {value} here now.", name=name, value=_shown_as(name, now)))


async def unset(on: Services, invoked: CommandInvoked, rest: str) -> Card:
    """Let the policy file and the defaults hold again for a rule."""
    _check_analyst(invoked, on.policy_of(invoked.conversation))
    name = name_of(rest)
    channel = invoked.conversation.channel
    was = await on.rules.unset(channel, name)
    now = on.policy_of(invoked.conversation)
    value = Text(
        "{name} is {value} here, {origin}.",
        name=name,
        value=_shown_as(name, now),
        origin=ORIGINS[on.rules.origin_of(channel, name)],
    )
    return cards.reply(value if was else Text("It was not set in chat."), *([] if was else [TextBlock(markdown=value)]))


def rules_card(policy: Policy, origins: Mapping[str, Origin]) -> Card:
    """Return what can be set, each with its value and where that comes from."""
    facts = tuple(
        (name, Text("{value} · {origin}", value=_shown_as(name, policy), origin=ORIGINS[origin]))
        for name, origin in origins.items()
    )
    wins = Text("What is set in chat wins over the policy file; there the table of the channel wins.")
    footer = Text("`/vigil set NAME VALUE` changes one, `/vigil unset NAME` takes it back.")
    return cards.reply(
        Text("The rules of this channel"), FactsBlock(facts=facts), TextBlock(markdown=wins), footer=footer
    )


def name_of(word: str) -> str:
    """Return the setting that somebody means. Raises InputError."""
    name = word.strip().lower().replace("-", "_")
    name = _SHORT.get(name, name)
    if name not in SETTABLE:
        raise InputError(
            Text("There is no setting `{name}`.", name=name[:40]), hint=Text("`/vigil set` lists all of them.")
        )
    return name


def _meaning(name: str) -> str:
    return Text("`{name}` is {meaning}.", name=name, meaning=SETTABLE[name])


def written(name: str, text: str) -> str:
    """Return a value as the policy file would have it: 85% is 0.85, 10m is 600, on is true, "a, b" is a list."""
    kind = _KINDS[name]
    if kind is tuple:
        return _list(text)
    if kind is bool:
        word = text.lower()
        return "true" if word in _YES else "false" if word in _NO else text
    if kind is float:
        percent, seconds, span_s = _PERCENT.fullmatch(text), _SECONDS.fullmatch(text), duration_s(text)
        if percent is not None:
            return repr(float(percent[1]) / 100)
        if seconds is not None:
            return seconds[1]
        return text if span_s is None else f"{span_s:g}"
    word = text.lower() if text.lower() in _NONE or issubclass(kind, StrEnum) else text
    return text if kind is int else json.dumps(word, ensure_ascii=False)


def _shown_as(name: str, policy: Policy) -> str:
    return Text("all") if name == "languages" and not policy.languages else shown(getattr(policy, name))


def shown(value: object) -> str:
    """Return a value as people write it."""
    match value:
        case None | ():
            return Text("none")
        case bool():
            return Text("on") if value else Text("off")
        case QuietHours():
            return f"{_clock(value.start_min)}-{_clock(value.end_min)} {value.zone}"
        case tuple():
            return ", ".join(map(str, value))
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _list(text: str) -> str:
    if text.lower() in _NONE:
        return "[]"
    if text.startswith("["):
        return text
    plain = _MENTION.sub(lambda found: found[1] or "", text)
    return json.dumps([part.strip() for part in re.split(r"[,，、]", plain) if part.strip()], ensure_ascii=False)


def _clock(minutes: int) -> str:
    return time(minutes // 60, minutes % 60).strftime("%H:%M")


def _check_analyst(invoked: CommandInvoked, policy: Policy) -> None:
    if actor_of(invoked, policy) is None:
        raise InputError(Text("Only analysts may change the rules of a channel."))
