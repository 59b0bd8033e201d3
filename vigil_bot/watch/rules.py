"""Watch rules as people write them, in the policy file and in chat: the same keys, the same checks; pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from vigil_bot.commands.parse import duration_s
from vigil_bot.errors import InputError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.watch import Counted, Destination, DestinationKind, Level, RuleKind, Speaker, WatchRule
from vigil_bot.texts.text import Text
from vigil_bot.watch.pattern import compiled, pattern_of

MAX_WITHIN_S = 7 * 86_400.0
MAX_MESSAGES = 500
MAX_PHRASES = 60
NAME = re.compile(r"[a-z0-9\u4e00-\u9fff][a-z0-9_\u4e00-\u9fff-]{0,39}")
_MENTIONED = re.compile(r"<([#@])([^|>\s]+)(?:\|[^>]*)?>")
_CONDITIONS = "pattern, names, like or asks"


def parse_name(text: str) -> str:
    """Return a rule's name: small letters, digits, Chinese characters, - and _. Raises InputError."""
    name = text.strip().lower()
    if NAME.fullmatch(name) is None:
        raise InputError(
            Text("`{name}` is no name for a rule.", name=text[:40]),
            hint=Text("Like `angry_customer`: letters, digits, - and _."),
        )
    return name


def _pattern(text: str) -> str:
    if text:
        compiled(text)
    return text


def _phrases(value: object) -> object:
    """Take one phrase for a list of one, and drop what is said twice."""
    listed = [value] if isinstance(value, str) else value
    return tuple(dict.fromkeys(listed)) if isinstance(listed, list | tuple) else listed


def _length(value: object) -> object:
    if isinstance(value, str):
        length_s = 0.0 if value == "0" else duration_s(value)
        if length_s is None:
            raise ValueError('must be a time like "30m", "2h" or "1d"')
        return length_s
    return value


def parse_destination(value: object) -> Destination:
    """Read `analysts`, `#channel`, `channel C1`, `@person` or `person U1`; ids as the platform knows them. Raises ValueError."""
    if isinstance(value, Destination):
        return value
    said = value.strip() if isinstance(value, str) else ""
    if said.lower() in ("analysts", "分析师"):
        return Destination()
    mentioned = _MENTIONED.fullmatch(said)
    sign, target = (mentioned[1], mentioned[2]) if mentioned else (said[:1], said[1:])
    if sign not in "#@":
        word, _, target = said.partition(" ")
        sign = {"channel": "#", "person": "@"}.get(word.lower(), "")
    target = target.strip()
    if sign not in ("#", "@") or not target or any(c.isspace() for c in target):
        raise ValueError('must be "analysts", "#channel-id" or "@person-id"')
    if sign == "#" and "/" in target:
        ConversationRef.from_key(target)
    return Destination(kind=DestinationKind.CHANNEL if sign == "#" else DestinationKind.PERSON, target=target)


Pattern = Annotated[str, AfterValidator(_pattern)]
Phrase = Annotated[str, Field(min_length=1, max_length=300)]
Phrases = Annotated[tuple[Phrase, ...], BeforeValidator(_phrases), Field(max_length=MAX_PHRASES)]
Length = Annotated[float, BeforeValidator(_length), Field(ge=0, le=MAX_WITHIN_S, allow_inf_nan=False)]


class _Fields(BaseModel):
    """The keys of a rule; the defaults are those of WatchRule, given by the caller."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, populate_by_name=True)

    kind: RuleKind = RuleKind.DETECT
    level: Level = Level.P1
    pattern: Pattern = ""
    unless: Pattern = ""
    names: Phrases = ()
    like: Phrases = ()
    unlike: Phrases = ()
    at_least: Annotated[float, Field(ge=0.05, le=1, allow_inf_nan=False)] = 0.42
    asks: bool = False
    alike: bool = False
    speaker: Speaker = Speaker.REQUESTERS
    needs: Annotated[int, Field(ge=1, le=100)] = 1
    of: Counted = Counted.PEOPLE
    within_s: Annotated[Length, Field(alias="within")] = 1800.0
    messages: Annotated[int, Field(ge=1, le=MAX_MESSAGES)] = 200
    silence_s: Annotated[Length, Field(alias="silence")] = 3600.0
    to: Annotated[Destination, BeforeValidator(parse_destination)] = Destination()
    quote: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not (self.pattern or self.names or self.like or self.asks):
            raise ValueError(f"give it something to look for: {_CONDITIONS}")
        if self.unlike and not self.like:
            raise ValueError("unlike needs like beside it")
        if self.kind is RuleKind.FILTER and self.needs > 1:
            raise ValueError("a filter looks at single messages: it cannot need several")
        if self.alike and self.needs == 1:
            raise ValueError("alike compares messages: it needs more than one")
        if self.of is Counted.VALUES and self.needs > 1 and not (self.pattern or self.names):
            raise ValueError("values are what pattern or names find: give one of them")
        compiled(pattern_of(self.names) or "-")
        return self


_KEYS = tuple(field.alias or name for name, field in _Fields.model_fields.items())


def rule_of(name: str, given: Mapping[str, object], base: WatchRule | None = None) -> WatchRule:
    """Return the rule that these keys describe, on top of another.

    Raises:
        InputError: The first key that is wrong, what is wrong with it, and how to mend it.
    """
    before = {field.name: getattr(base, field.name) for field in fields(base)} if base else {}
    before.pop("name", None)
    renamed = {"within": "within_s", "silence": "silence_s"}
    try:
        made = _Fields.model_validate(before | {renamed.get(key, key): value for key, value in given.items()})
    except ValidationError as error:
        raise InputError(_wrong(name, error)) from None
    return WatchRule(name=parse_name(name), **{key: getattr(made, key) for key in _Fields.model_fields})


def _wrong(name: str, error: ValidationError) -> Text:
    first = error.errors()[0]
    said = first["msg"].removeprefix("Value error, ")
    said = said[:1].lower() + said[1:]
    key = str(first["loc"][0]).removesuffix("_s")[:40] if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        keys = ", ".join(_KEYS)
        return Text("Rule `{name}`: there is no `{key}`; there are {keys}.", name=name[:40], key=key, keys=keys)
    if not key:
        return Text("Rule `{name}`: {said}.", name=name[:40], said=said)
    return Text("Rule `{name}`: `{key}` {said}.", name=name[:40], key=key, said=said)


def merged(from_file: Iterable[WatchRule], from_chat: Iterable[WatchRule]) -> tuple[WatchRule, ...]:
    """Return the rules in force, by name; what the policy file says cannot be overruled in chat."""
    rules = {rule.name: rule for rule in (*from_chat, *from_file)}
    return tuple(rules[name] for name in sorted(rules))
