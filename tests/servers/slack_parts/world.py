"""What a Slack workspace is made of: teams, people, channels, messages, files, tokens."""

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Tell = Callable[[str, Json], None]  # (team id, event)

BOT_SCOPES = frozenset(
    {
        *("app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "commands"),
        *("emoji:read", "files:read", "groups:history", "groups:read", "im:history", "im:read", "im:write"),
        *("mpim:history", "mpim:read", "mpim:write", "reactions:read", "reactions:write", "team:read"),
        *("usergroups:read", "users:read", "files:write"),
    }
)
BOT_EVENTS = frozenset(
    {
        *("app_home_opened", "app_mention", "app_uninstalled", "channel_archive", "channel_left", "channel_rename"),
        *("channel_unarchive", "group_archive", "group_left", "group_rename", "group_unarchive"),
        *("member_joined_channel", "member_left_channel", "message.channels", "message.groups", "message.im"),
        *("message.mpim", "reaction_added", "reaction_removed", "subteam_created", "subteam_members_changed"),
        *("subteam_updated", "team_join", "tokens_revoked", "user_change"),
    }
)


class Refused(Exception):
    """The Web API answers {"ok": false, "error": ...}; extra goes into the answer."""

    def __init__(
        self, error: str, *, status: int = 200, headers: dict[str, str] | None = None, **extra: object
    ) -> None:
        super().__init__(error)
        self.error, self.status, self.headers, self.extra = error, status, headers or {}, extra


@dataclass(slots=True, kw_only=True)
class Team:
    id: str
    name: str
    bot_user: str
    bot_id: str
    installed: bool = False


@dataclass(slots=True, kw_only=True)
class User:
    id: str
    team_id: str
    name: str
    real_name: str
    guest: bool = False
    bot_id: str | None = None
    deleted: bool = False
    tz: str = "America/Los_Angeles"
    locale: str = "en-US"
    updated: int = 0


@dataclass(slots=True, kw_only=True)
class Channel:
    id: str
    team_id: str
    name: str
    kind: str  # channel, group (a private channel), mpim or im
    creator: str
    created: int
    members: list[str] = field(default_factory=list)
    messages: dict[str, Json] = field(default_factory=dict)  # by ts, oldest first
    archived: bool = False
    shared_with: list[str] = field(default_factory=list)  # other teams, by Slack Connect
    topic: str = ""

    def keep(self, message: Json) -> None:
        """Add a message in the order of time."""
        late = bool(self.messages) and message["ts"] < next(reversed(self.messages))
        self.messages[message["ts"]] = message
        if late:
            self.messages = dict(sorted(self.messages.items()))

    def thread(self, root: str) -> list[Json]:
        return [one for one in self.messages.values() if one.get("thread_ts") == root and one["ts"] != root]


@dataclass(slots=True, kw_only=True)
class Token:
    value: str
    kind: str  # bot or app
    team_id: str = ""
    scopes: set[str] = field(default_factory=set)
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Call:
    """One request to the Web API, and what was answered."""

    method: str
    arguments: Json
    token: str
    http: str  # GET or POST
    content_type: str
    at: float
    answer: Json = field(default_factory=dict)
    status: int = 0


@dataclass(slots=True, kw_only=True)
class Trigger:
    team_id: str
    user: str
    expires: float
    used: bool = False


@dataclass(slots=True, kw_only=True)
class ReplyUrl:
    channel: str
    user: str
    expires: float
    uses: int = 0
    message_ts: str | None = None  # the message that a button stands on
    ephemeral: Json | None = None


@dataclass(slots=True, kw_only=True)
class Grant:
    """What an admin allowed on Slack's OAuth page."""

    team_id: str
    user: str
    scopes: frozenset[str]
    redirect_uri: str = ""


@dataclass(slots=True, kw_only=True)
class View:
    """An open modal, or a published home."""

    body: Json
    user: str
    team_id: str
    open: bool = True


@dataclass(kw_only=True)
class World:
    """All state of the fake; tell is called for every event that the app shall hear of."""

    now: Callable[[], float] = time.time
    tell: Tell = field(default=lambda _team, _event: None)
    link: Callable[[], str] = field(default=lambda: "")  # a new address for Socket Mode
    origin: str = ""
    app_id: str = "A0VIGILAPP"
    client_id: str = "1111.2222"
    client_secret: str = "client-secret"
    verification_token: str = "verification"
    subscriptions: set[str] = field(default_factory=lambda: set(BOT_EVENTS))
    teams: dict[str, Team] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    files: dict[str, Json] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    groups: dict[str, Json] = field(default_factory=dict)
    emoji: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    ephemerals: list[Json] = field(default_factory=list)
    replies: list[Json] = field(default_factory=list)  # what was posted to response URLs
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)  # by user
    triggers: dict[str, Trigger] = field(default_factory=dict)
    reply_urls: dict[str, ReplyUrl] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)  # by OAuth code
    _numbers: dict[str, Iterator[int]] = field(default_factory=lambda: defaultdict(lambda: itertools.count(1)))
    _given: set[int] = field(default_factory=set)  # all timestamps, in microseconds
    _last: int = 0

    def id(self, prefix: str) -> str:
        """A new id such as C0000000001."""
        return f"{prefix}{next(self._numbers[prefix]):010d}"

    def ts(self, at: float | None = None) -> str:
        """A timestamp that no message has; at makes an old one."""
        micros = round((self.now() if at is None else at) * 1_000_000)
        if at is None:
            micros = self._last = max(micros, self._last + 1)
        while micros in self._given:
            micros += 1
        self._given.add(micros)
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def channel(self, reference: str) -> Channel:
        """The channel with an id, or a name with or without #."""
        if reference in self.channels:
            return self.channels[reference]
        name = reference.removeprefix("#")
        for one in self.channels.values():
            if name and one.name == name:
                return one
        raise Refused("channel_not_found")

    def user(self, reference: str) -> User:
        """The user with an id or a name."""
        if reference in self.users:
            return self.users[reference]
        for one in self.users.values():
            if one.name == reference:
                return one
        raise Refused("user_not_found")

    def direct(self, team: Team, user: str) -> Channel:
        """The direct channel between the bot and a user, made when there is none."""
        for one in self.channels.values():
            if one.kind == "im" and set(one.members) == {team.bot_user, user}:
                return one
        found = Channel(
            id=self.id("D"), team_id=team.id, name="", kind="im", creator=user, created=int(self.now()),
            members=[team.bot_user, user],
        )  # fmt: skip
        self.channels[found.id] = found
        return found

    def token_of(self, team_id: str) -> Token | None:
        """The bot's token of a team, while it counts."""
        found = [t for t in self.tokens.values() if t.kind == "bot" and t.team_id == team_id and not t.revoked]
        return found[-1] if found else None
