"""Who people are on Slack: names and roles, asked for once and kept until Slack says that they changed."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

import structlog

from adapters.slack.api import SlackApi
from adapters.slack.config import MEMBERS
from adapters.slack.payloads import Body, at
from adapters.slack.text import objects
from vigil_bot.errors import PlatformError
from vigil_bot.model.conversation import Author, AuthorKind, Role
from vigil_bot.ports.chat import Clock
from vigil_bot.texts.language import language_of_locale

log = structlog.get_logger()

FRESH_S = 6 * 3_600.0  # after which somebody is asked about again, should an event have been missed
UNKNOWN_S = 60.0  # the same for somebody of whom Slack told us nothing
PATIENCE_S = 1.5  # for all that one message needs; Slack waits 3 s for its acknowledgement
REMEMBERED = 20_000

EVENTS = frozenset({"user_change", "team_join", "subteam_members_changed", "subteam_updated", "subteam_created"})
RENAMES = frozenset({"channel_rename", "group_rename"})

Key = tuple[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What Slack says about somebody."""

    id: str
    name: str = ""
    is_bot: bool = False
    is_outside: bool = False  # a guest, or of another company


class People:
    """Knows who people are; Slack's word counts, never a message's."""

    def __init__(self, api: SlackApi, clock: Clock, *, analysts: Iterable[str] = ()) -> None:
        self._api = api
        self._analysts = frozenset(analysts)
        self._groups = sorted(one for one in self._analysts if one.startswith("S"))
        self._people: _Kept[Person | None] = _Kept(clock, unknown=None)
        self._members: _Kept[frozenset[str]] = _Kept(clock, unknown=frozenset())
        self._names: _Kept[str] = _Kept(clock, unknown="")
        self._languages: _Kept[str] = _Kept(clock, unknown="")

    async def author(self, team_id: str, user_id: str) -> Author:
        """Return a person with name and role; without them if Slack does not tell in time."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._author(team_id, user_id)
        except TimeoutError:
            return Author(id=user_id)

    async def language(self, team_id: str, user_id: str) -> str:
        """Return the language that somebody set in Slack; "" if it is none of ours, or if Slack does not tell in time."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._languages.get((team_id, user_id), lambda: self._ask_language(team_id, user_id))
        except TimeoutError:
            return ""

    async def name(self, team_id: str, of: str) -> str:
        """Return the name of a person, user group or channel by its id; empty if Slack does not tell in time."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._name(team_id, of)
        except TimeoutError:
            return ""

    async def names(self, team_id: str, ids: Iterable[str]) -> Mapping[str, str]:
        """Return names by id."""
        wanted = sorted(ids)
        found = await asyncio.gather(*(self.name(team_id, one) for one in wanted))
        return dict(zip(wanted, found, strict=True))

    def refresh(self, team_id: str, event: Body) -> None:
        """Take in what an event of `EVENTS` or `RENAMES` says about people, groups and channels."""
        kind = at(event, "type")
        if kind in RENAMES:
            self._names.put((team_id, at(event, "channel", "id")), at(event, "channel", "name"))
        elif kind.startswith("subteam"):
            group = at(event, "subteam_id") or at(event, "subteam", "id")
            self._members.forget((team_id, group))
            self._names.forget((team_id, group))
        else:
            user = event.get("user")
            if isinstance(user, Mapping) and at(user, "id"):
                self._people.put((team_id, at(user, "id")), person_of(user, team_id))

    async def _author(self, team_id: str, user_id: str) -> Author:
        person = await self._person(team_id, user_id)
        if person is None:
            return Author(id=user_id)  # a stranger must not become an analyst by Slack's silence
        kind = AuthorKind.BOT if person.is_bot else AuthorKind.HUMAN
        return Author(id=user_id, kind=kind, name=person.name, role=await self._role(team_id, person))

    async def _role(self, team_id: str, person: Person) -> Role:
        if person.is_outside:
            return Role.REQUESTER
        if MEMBERS in self._analysts or person.id in self._analysts:
            return Role.ANALYST
        for group in self._groups:
            if person.id in await self._in_group(team_id, group):
                return Role.ANALYST
        return Role.UNKNOWN

    async def _in_group(self, team_id: str, group: str) -> frozenset[str]:
        return await self._members.get((team_id, group), lambda: self._ask_group(team_id, group))

    async def _name(self, team_id: str, of: str) -> str:
        match of[:1]:
            case "U" | "W":
                person = await self._person(team_id, of)
                return person.name if person else ""
            case "S":
                return await self._names.get((team_id, of), lambda: self._ask_handle(team_id, of))
            case "C" | "G":
                return await self._names.get((team_id, of), lambda: self._ask_channel(team_id, of))
            case _:
                return ""

    async def _person(self, team_id: str, user_id: str) -> Person | None:
        return await self._people.get((team_id, user_id), lambda: self._ask_person(team_id, user_id))

    async def _ask_person(self, team_id: str, user_id: str) -> Person | None:
        answer = await self._ask(team_id, "users.info", user=user_id)
        user = answer.get("user")
        return person_of(user, team_id) if isinstance(user, Mapping) else None

    async def _ask_language(self, team_id: str, user_id: str) -> str | None:
        user = (await self._ask(team_id, "users.info", user=user_id, include_locale="true")).get("user")
        return language_of_locale(at(user, "locale")) if isinstance(user, Mapping) else None

    async def _ask_group(self, team_id: str, group: str) -> frozenset[str] | None:
        users = (await self._ask(team_id, "usergroups.users.list", usergroup=group)).get("users")
        return frozenset(one for one in users if isinstance(one, str)) if isinstance(users, list) else None

    async def _ask_handle(self, team_id: str, group: str) -> str | None:
        answer = await self._ask(team_id, "usergroups.list")
        return next((at(one, "handle") for one in objects(answer, "usergroups") if at(one, "id") == group), None)

    async def _ask_channel(self, team_id: str, channel_id: str) -> str | None:
        return at(await self._ask(team_id, "conversations.info", channel=channel_id), "channel", "name") or None

    async def _ask(self, team_id: str, method: str, **arguments: str) -> Body:
        try:
            return await self._api.call(team_id, method, **arguments)
        except PlatformError as error:
            log.warning("person.not_asked", method=method, error=type(error).__name__)
            return {}


def person_of(user: Body, team_id: str) -> Person:
    """Return what a user object says about somebody, seen from a workspace.

    Source: https://docs.slack.dev/reference/objects/user-object.
    """
    teams = user.get("enterprise_user")
    teams = teams.get("teams") if isinstance(teams, Mapping) else None
    in_organisation = isinstance(teams, list) and team_id in teams
    home = at(user, "team_id")
    is_guest = any(user.get(flag) is True for flag in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    names = (at(user, "profile", "display_name"), at(user, "profile", "real_name"), at(user, "real_name"))
    return Person(
        id=at(user, "id"),
        name=next(filter(None, (*names, at(user, "name"), at(user, "id")))),
        is_bot=user.get("is_bot") is True,
        is_outside=is_guest or (bool(home) and home != team_id and not in_organisation),
    )


class _Kept(Generic[T]):
    """Remembers answers and forgets the oldest; who asks for the same at the same time waits for the one answer."""

    def __init__(self, clock: Clock, *, unknown: T) -> None:
        self._clock = clock
        self._unknown = unknown
        self._known: OrderedDict[Key, tuple[float, T]] = OrderedDict()
        self._asking: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def get(self, key: Key, ask: Callable[[], Awaitable[T | None]]) -> T:
        """Return what is known, asking if nothing is; what `unknown` says for a while if there is no answer."""
        async with self._asking.setdefault(key, asyncio.Lock()):
            until, value = self._known.get(key, (0.0, self._unknown))
            if until > self._clock.now():
                return value
            found = await ask()
            if found is None:
                return self._keep(key, self._unknown, UNKNOWN_S)
            return self._keep(key, found, FRESH_S)

    def put(self, key: Key, value: T) -> None:
        """Remember what was told without asking."""
        self._keep(key, value, FRESH_S)

    def forget(self, key: Key) -> None:
        """Ask again the next time."""
        self._known.pop(key, None)

    def _keep(self, key: Key, value: T, fresh_s: float) -> T:
        self._known[key] = (self._clock.now() + fresh_s, value)
        self._known.move_to_end(key)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return value
