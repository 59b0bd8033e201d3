"""What a Lark tenant is made of: people, chats, messages, reactions, files, and an app with its permissions."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Tell = Callable[[str, Json], None]  # (event type, event)

# The events a test's app subscribes to unless it says otherwise.
EVENTS = frozenset(
    {
        *("im.message.receive_v1", "im.message.recalled_v1", "im.message.message_read_v1"),
        *("im.message.reaction.created_v1", "im.message.reaction.deleted_v1"),
        *("im.chat.member.bot.added_v1", "im.chat.member.bot.deleted_v1"),
        *("im.chat.member.user.added_v1", "im.chat.member.user.deleted_v1"),
        *("im.chat.updated_v1", "im.chat.disbanded_v1", "im.chat.access_event.bot_p2p_chat_entered_v1"),
        *("application.bot.menu_v6", "card.action.trigger"),
    }
)
# What it may do: open.feishu.cn/document/server-docs/application-scope/scope-list
SCOPES = frozenset(
    {
        *("im:message", "im:message:readonly", "im:message:send_as_bot", "im:message:update", "im:message:recall"),
        *("im:message.group_msg", "im:message.group_at_msg:readonly", "im:message.p2p_msg:readonly"),
        *("im:message.reactions:read", "im:message.reactions:write_only", "im:resource"),
        *("im:chat:readonly", "im:chat.members:read", "im:chat.members:bot_access"),
        *("contact:contact.base:readonly", "contact:user.base:readonly", "contact:user.employee_id:readonly"),
        *("contact:user.department:readonly", "contact:department.base:readonly", "contact:group:readonly"),
        "application:application:self_manage",
    }
)


class Refused(Exception):
    """The open platform answers {"code": ..., "msg": ...}; error goes into the answer."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        status: int = 400,
        headers: dict[str, str] | None = None,
        error: Json | None = None,
    ) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message, self.status = code, message, status
        self.headers, self.error = headers or {}, error or {}


@dataclass(slots=True, kw_only=True)
class User:
    open_id: str
    union_id: str
    user_id: str
    name: str
    tenant_key: str
    external: bool = False
    departments: list[str] = field(default_factory=list)
    resigned: bool = False
    available: bool = True  # whether the app may be used by them


@dataclass(slots=True, kw_only=True)
class Chat:
    id: str
    name: str
    mode: str  # group, topic or p2p
    owner: str
    members: list[str] = field(default_factory=list)  # open_ids
    bot: bool = True
    external: bool = False
    public: bool = True  # anybody in the company finds and joins it
    dissolved: bool = False
    muted: bool = False  # nobody but the owner may speak
    description: str = ""


@dataclass(slots=True, kw_only=True)
class Message:
    id: str
    chat: str
    sender: str  # an open_id, or an app_id
    by_app: bool
    kind: str
    content: str  # JSON as text
    created: int  # milliseconds
    updated: int
    root: str = ""
    parent: str = ""
    thread: str = ""
    mentions: list[Json] = field(default_factory=list)  # {"key", "open_id", "name"}
    edits: int = 0
    recalled: bool = False
    upper: str = ""  # the forwarded bundle that it is in
    versions: list[str] = field(default_factory=list)  # contents it had before
    only_for: str = ""  # the one person who sees it


@dataclass(slots=True, kw_only=True)
class Reaction:
    id: str
    message: str
    emoji: str
    operator: str
    by_app: bool
    at: int


@dataclass(slots=True, kw_only=True)
class Pressed:
    """What the token that came with a press stands for."""

    message: str
    at: float
    used: int = 0


@dataclass(slots=True, kw_only=True)
class File:
    key: str
    name: str
    content: bytes
    by_app: bool
    kind: str = "file"  # or image


@dataclass(slots=True, kw_only=True)
class Call:
    """A request to the open platform."""

    method: str
    path: str
    query: dict[str, str]
    body: Json
    at: float
    code: int | None = None  # as answered


@dataclass(slots=True, kw_only=True)
class App:
    id: str
    secret: str
    name: str
    open_id: str
    encrypt_key: str
    verification_token: str
    scopes: set[str]
    events: set[str]
    bot_ability: bool = True
    token: str = ""
    expires: float = 0.0


def new_id(prefix: str) -> str:
    return prefix + uuid.uuid4().hex


def new_app() -> App:
    """An app whose id no other app of this process has: lark-oapi keeps tokens by app id, for all clients."""
    key = uuid.uuid4().hex
    return App(
        id=f"cli_{key[:16]}",
        secret=key,
        name="Vigil",
        open_id=new_id("ou_"),
        encrypt_key=f"encrypt-{key[:8]}",
        verification_token=f"verify-{key[:8]}",
        scopes=set(SCOPES),
        events=set(EVENTS),
    )


@dataclass(kw_only=True)
class World:
    """The tenant that the app is installed in."""

    now: Callable[[], float] = time.time
    tenant_key: str = field(default_factory=lambda: uuid.uuid4().hex[:16])
    app: App = field(default_factory=new_app)
    users: dict[str, User] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    whispers: dict[str, Message] = field(default_factory=dict)  # visible to one person
    reactions: dict[str, Reaction] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    departments: dict[str, Json] = field(default_factory=dict)  # id: {"name", "parent"}
    groups: dict[str, list[str]] = field(default_factory=dict)  # user groups: open_ids
    pressed: dict[str, Pressed] = field(default_factory=dict)  # by token
    calls: list[Call] = field(default_factory=list)
    sent: dict[str, tuple[float, str]] = field(default_factory=dict)  # uuid: when, message id
    tell: Tell = lambda _type, _event: None
    callback_url: Callable[[], str | None] = lambda: None  # where events go; None for a long connection
    last_ms: int = 0

    def ms(self) -> int:
        """Now, in milliseconds; later than any time given before."""
        self.last_ms = max(self.last_ms + 1, int(self.now() * 1000))
        return self.last_ms

    def user(self, reference: str) -> User:
        """A person by open_id, union_id, user_id or name."""
        for one in self.users.values():
            if reference in (one.open_id, one.union_id, one.user_id, one.name):
                return one
        raise KeyError(f"no person {reference}")

    def chat(self, reference: str) -> Chat:
        """A chat by id or name."""
        for one in self.chats.values():
            if reference in (one.id, one.name):
                return one
        raise KeyError(f"no chat {reference}")

    def shown(self, message_id: str) -> Message:
        """A message, be it for everybody or for one person."""
        found = self.messages.get(message_id) or self.whispers.get(message_id)
        if found is None:
            raise KeyError(f"no message {message_id}")
        return found

    def in_chat(self, chat: str) -> list[Message]:
        """Oldest first, without what is inside forwarded bundles."""
        found = [m for m in self.messages.values() if m.chat == chat and not m.upper]
        return sorted(found, key=lambda one: one.created)

    def direct(self, user: User) -> Chat:
        """The chat of a person with the bot, made if there is none."""
        for one in self.chats.values():
            if one.mode == "p2p" and one.members == [user.open_id]:
                return one
        chat = Chat(id=new_id("oc_"), name="", mode="p2p", owner=user.open_id, members=[user.open_id])
        self.chats[chat.id] = chat
        return chat
