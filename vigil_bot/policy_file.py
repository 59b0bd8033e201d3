"""The policy file: what an owner allows by default, on a platform, and in a channel, as TOML. Pure but for zone names."""

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from vigil_bot.errors import InputError, SettingsError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import LearnedAudience, Mode, Policy, Provisional, QuietHours, Reach, WeeklyTime
from vigil_bot.model.scope import Scope
from vigil_bot.model.watch import WatchRule
from vigil_bot.watch.defaults import rule_from
from vigil_bot.watch.rules import merged

IN_CHAT = "Settings:"
_TABLES = ("default", "platform", "channel")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)(?:\s+(\S+))?", re.ASCII)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY = re.compile(rf"({'|'.join(_WEEKDAYS)})\s+([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
MAX_CHAT_VALUE_CHARS = 100  # longer words are no TOML value; deep brackets would exhaust the stack
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_HOURS_FORM = 'must be like "22:00-07:00 Europe/Berlin", or "none"'

Seconds = Annotated[float, Field(strict=True, ge=0, le=366 * 86_400, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Flag = Annotated[bool, Field(strict=True)]
Share = Annotated[float, Field(strict=True, ge=0.5, le=0.99, allow_inf_nan=False)]
Names = tuple[Annotated[str, Field(strict=True, min_length=1)], ...]

Host = Annotated[str, Field(strict=True, pattern=r"^(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?$")]
Hosts = tuple[Host, ...]
Scopes = Callable[[str], Scope]  # the name of a file of examples -> what they teach; raises ValueError


def parse_quiet_hours(text: object) -> QuietHours | None:
    """Parse `22:00-07:00 Europe/Berlin` (without a zone: UTC), or `none`.

    Raises:
        ValueError: If it is something else, or there is no such zone.
    """
    if text == "none":
        return None
    match = _HOURS.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(_HOURS_FORM)
    start_min, end_min = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if start_min == end_min:
        raise ValueError("begins when it ends; for no speaking at all set the mode to shadow")
    return QuietHours(start_min=start_min, end_min=end_min, zone=_zone(match[5] or "UTC"))


def parse_weekly(text: object) -> WeeklyTime:
    """Parse `mon 09:00`.

    Raises:
        ValueError: If it is something else.
    """
    match = _WEEKLY.fullmatch(text.strip().lower()) if isinstance(text, str) else None
    if match is None:
        raise ValueError('must be like "mon 09:00"')
    return WeeklyTime(weekday=_WEEKDAYS.index(match[1]), minute=int(match[2]) * 60 + int(match[3]))


def _watch_rules(value: object) -> tuple[WatchRule, ...]:
    """Read tables by the names of rules. Raises ValueError."""
    if not isinstance(value, dict) or not all(isinstance(keys, dict) for keys in value.values()):
        raise ValueError("must be tables like [default.watch.angry_customer]")
    try:
        return tuple(rule_from(name, keys) for name, keys in value.items())
    except InputError as error:
        raise ValueError(str(error).rstrip(".")) from error


def _scope(value: object, info: ValidationInfo) -> Scope | None:
    """Read the file of examples that is named; "" takes back what a wider table names. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("must be the name of a file")  # noqa: TRY004 -- pydantic takes only this for a fault of the value
    if info.context is None:
        raise ValueError("is set in the policy file only")
    read: Scopes = info.context
    return read(value) if value else None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # not there, a folder, or not a name of a zone at all
        raise ValueError(f"there is no time zone {name!r}{_near(name, available_timezones())}") from None
    return name


def _minutes_of_day(value: object) -> tuple[int, ...]:
    """Read times such as "09:00", or a list of them. Raises ValueError."""
    times = value if isinstance(value, list) else [value]
    found = [_CLOCK.fullmatch(time.strip()) if isinstance(time, str) else None for time in times]
    if None in found:
        raise ValueError('must be like "09:00", or ["09:00", "21:00"]')
    return tuple(int(match[1]) * 60 + int(match[2]) for match in found if match is not None)


def _place(name: str) -> str:
    if "/" in name:
        ConversationRef.from_key(name)
    return name


class PolicyPatch(BaseModel):
    """The part of a policy that one table of the file, or a command in chat, sets; the names are those of Policy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Mode = Mode.SHADOW
    min_relevance: Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)] = 0.5
    target_precision: Share = 0.75
    confidence: Share = 0.9
    settle_s: Annotated[Seconds, Field(le=3600)] = 30.0
    cooldown_s: Seconds = 0.0
    max_per_day: Count = 50
    max_per_thread: Count = 3
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(parse_quiet_hours)] = None
    analysts: Names = ()
    read_bots: Names = ()
    learn: Flag = True
    audience: LearnedAudience = LearnedAudience.WORKSPACE
    reach: Reach = Reach.OPEN
    provisional: Provisional = Provisional.MARKED
    status_card: Flag = True
    nudge_after_s: Seconds = 0.0
    close_after_s: Seconds = 0.0
    suggestion_ttl_s: Seconds = 0.0
    answer_within_s: Seconds = 0.0
    update_after_s: Seconds = 0.0
    ask_missing: Flag = False
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    languages: tuple[Literal["en", "zh"], ...] = ()
    avoid: Names = ()
    scope: Annotated[Scope | None, BeforeValidator(_scope)] = None
    react: Flag = False
    links: Hosts = ()
    owners: Names = ()
    report_at: Annotated[WeeklyTime, BeforeValidator(parse_weekly)] = WeeklyTime(weekday=0, minute=9 * 60)
    desk: Annotated[str, Field(strict=True, max_length=200), AfterValidator(_place)] = ""
    handoff_at: Annotated[tuple[int, ...], BeforeValidator(_minutes_of_day)] = ()
    handoff_to: Names = ()
    watch: Annotated[tuple[WatchRule, ...], BeforeValidator(_watch_rules)] = ()

    def apply(self, policy: Policy) -> Policy:
        """Return the policy with what this sets; the defaults above are never taken. Watch rules are added, by name."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return replace(policy, **given | {"watch": merged(self.watch, policy.watch)})


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRules:
    """A policy file, read: the narrower table wins, key by key. Channels are known by their key."""

    default: PolicyPatch = field(default_factory=PolicyPatch)
    platforms: Mapping[str, PolicyPatch] = field(default_factory=dict)
    channels: Mapping[str, PolicyPatch] = field(default_factory=dict)

    def apply(self, policy: Policy, channel: ConversationRef) -> Policy:
        """Return the policy with what the file says about a channel."""
        patches = (self.default, self.platforms.get(channel.platform), self.channels.get(channel.key))
        for patch in patches:
            policy = patch.apply(policy) if patch else policy
        return policy


def parse_policy(text: str, *, name: str, scopes: Scopes | None = None) -> PolicyRules:
    """Read the text of a policy file; scopes reads the files of examples that it names.

    Raises:
        SettingsError: One line with the file's name, the line or the key, what is wrong and how to mend it.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{name} is not TOML: {error}.", hint="docs/operating.md shows a whole file.") from error
    for key in tables:
        if key not in _TABLES:
            mend = 'Tables are [default], [platform.slack] and [channel."slack/T1/C1"].'
            raise SettingsError(f"{name}: there is no table [{key}]{_near(key, _TABLES)}.", hint=mend)
    return PolicyRules(
        default=_patch(tables.get("default", {}), place=f"{name}: [default]", scopes=scopes),
        platforms={
            platform: _patch(table, place=f"{name}: [platform.{platform}]", scopes=scopes)
            for platform, table in _table(tables, "platform", name).items()
        },
        channels={
            _channel_key(key, name): _patch(table, place=f'{name}: [channel."{key}"]', scopes=scopes)
            for key, table in _table(tables, "channel", name).items()
        },
    )


def parse_setting(key: str, text: str) -> PolicyPatch:
    """Read one setting as it is written in chat: `mode`, `on`; `settle_s`, `45`; `learn`, `false`.

    Raises:
        SettingsError: If there is no such setting, or not this value.
    """
    if key == "watch":
        raise SettingsError(f"{IN_CHAT} watch rules are made with `/vigil watch add`.")
    return _patch({key: _value(text)}, place=IN_CHAT)


def _value(text: str) -> object:
    """Read a TOML value where it is one, else take the words as they are."""
    if "\n" not in text and len(text) < MAX_CHAT_VALUE_CHARS:
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            pass
    return text


def _table(tables: Mapping[str, object], key: str, name: str) -> dict[str, object]:
    table = tables.get(key, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{name}: {key} must be a table.", hint="docs/operating.md shows a whole file.")
    return table


def _patch(table: object, *, place: str, scopes: Scopes | None = None) -> PolicyPatch:
    if not isinstance(table, dict):
        raise SettingsError(f"{place} must be a table.", hint="docs/operating.md shows a whole file.")
    try:
        return PolicyPatch.model_validate(table, context=scopes)
    except ValidationError as error:
        wrong = error.errors()[0]
        key, message = str(wrong["loc"][0]), wrong["msg"].removeprefix("Value error, ")
        if wrong["type"] == "extra_forbidden":
            raise SettingsError(f"{place} there is no setting {key!r}{_near(key, PolicyPatch.model_fields)}.") from None
        raise SettingsError(f"{place} {key}: {message[:1].lower() + message[1:]}.") from None


def _channel_key(key: str, name: str) -> str:
    mend = 'Write [channel."platform/workspace/channel"], e.g. [channel."slack/T1/C1"].'
    try:
        ref = ConversationRef.from_key(key)
    except ValueError:
        raise SettingsError(f'{name}: [channel."{key}"] does not name a channel.', hint=mend) from None
    if ref.thread_id is not None or not (ref.platform and ref.workspace_id and ref.channel_id):
        raise SettingsError(f'{name}: [channel."{key}"] does not name a channel.', hint=mend)
    return ref.key


def _near(word: str, known: Mapping[str, object] | set[str] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
