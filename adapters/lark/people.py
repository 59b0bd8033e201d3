"""Who people are: their names, and whether they are analysts."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import structlog

from adapters.lark.config import MEMBERS, LarkConfig
from adapters.lark.foreign import Object, at, objects, text
from adapters.lark.needs import Api
from adapters.lark.parse import Received, Us, author_kind
from vigil_bot.errors import PlatformError
from vigil_bot.model.conversation import Author, AuthorKind, Role
from vigil_bot.ports.chat import Clock

log = structlog.get_logger()

REFRESH_S = 3600.0  # of the analysts
ASK_AGAIN_S = 600.0  # for the members of a chat, when one is not among them
LOOK_UP_S = 1.0  # Lark waits 3 s for us to store an event
_MAX_PAGES = 1000


class People:
    """Names and roles, asked for now and then; what cannot be read leaves a name empty and a role as it was."""

    def __init__(self, config: LarkConfig, api: Api, clock: Clock) -> None:
        self._config = config
        self._api = api
        self._clock = clock
        self._names: dict[str, str] = {}
        self._tenants: dict[str, str] = {}
        self._asked: dict[str, float] = {}  # chat -> when its members were read
        self._analysts: dict[str, frozenset[str]] = {}  # by the entry of the configuration that names them

    def name_of(self, open_id: str) -> str:
        """Return a name, "" where it is not known."""
        return self._names.get(open_id, "")

    def learn(self, names: Mapping[str, str]) -> None:
        """Remember names that an event told."""
        self._names.update(names)

    async def author(self, what: Received, us: Us, *, workspace_id: str) -> Author:
        """Return the author of a message, with name and role."""
        kind = author_kind(what, us)
        if kind is not AuthorKind.HUMAN:
            return Author(id=what.sender_id, kind=kind)
        if what.tenant_id:
            self._tenants[what.sender_id] = what.tenant_id
        return await self.person(what.sender_id, chat_id=what.chat_id, workspace_id=workspace_id)

    async def person(self, open_id: str, *, chat_id: str, workspace_id: str) -> Author:
        """Return somebody in a chat, with name and role."""
        await self._meet(open_id, chat_id)
        return Author(id=open_id, name=self.name_of(open_id), role=self.role_of(open_id, workspace_id=workspace_id))

    def role_of(self, open_id: str, *, workspace_id: str) -> Role:
        """Return what a person is; strangers from another company always ask, whatever else they are in."""
        tenant = self._tenants.get(open_id, "")
        if tenant not in ("", workspace_id):
            return Role.REQUESTER
        if not self._config.analysts:
            return Role.UNKNOWN
        if any(open_id in ids for ids in self._analysts.values()):
            return Role.ANALYST
        if MEMBERS in self._config.analysts:
            return Role.ANALYST if tenant else Role.UNKNOWN
        return Role.REQUESTER if len(self._analysts) == len(self._config.analysts) else Role.UNKNOWN

    async def refresh(self) -> None:
        """Read anew who the analysts are."""
        for entry in self._config.analysts:
            try:
                self._analysts[entry] = frozenset([open_id async for open_id in analysts(self._api, entry)])
            except PlatformError as error:
                log.warning("lark.analysts_unread", entry=entry, error=type(error).__name__)

    async def _meet(self, open_id: str, chat_id: str) -> None:
        if (open_id in self._names and open_id in self._tenants) or self._clock.now() - self._asked.get(
            chat_id, float("-inf")
        ) < ASK_AGAIN_S:
            return
        self._asked[chat_id] = self._clock.now()
        try:
            async with asyncio.timeout(LOOK_UP_S):
                async for member in _members(self._api, chat_id):
                    member_id = text(member, "member_id")
                    self._names[member_id] = text(member, "name")
                    self._tenants[member_id] = text(member, "tenant_key")
        except (PlatformError, TimeoutError) as error:
            log.info("lark.names_unread", chat=chat_id, error=type(error).__name__)


async def analysts(api: Api, entry: str) -> AsyncIterator[str]:
    """Return the open ids that an entry of the configuration means. Raises PlatformError."""
    if entry == MEMBERS:
        return
    if entry.startswith("ou_"):
        yield entry
    elif entry.startswith("oc_"):
        async for member in _members(api, entry):
            yield text(member, "member_id")
    elif entry.startswith("od-"):
        async for open_id in _department(api, entry):
            yield open_id
    else:
        group = {"member_id_type": "open_id", "member_type": "user"}
        async for member in paged(
            api, f"/open-apis/contact/v3/group/{entry}/member/simplelist", group, of="memberlist"
        ):
            yield text(member, "member_id")


async def _department(api: Api, department: str) -> AsyncIterator[str]:
    children = {"fetch_child": "true", "department_id_type": "open_department_id"}
    below = f"/open-apis/contact/v3/departments/{department}/children"
    departments = [department]
    departments += [text(child, "open_department_id") async for child in paged(api, below, children)]
    for one in departments:
        of = {"department_id": one, "department_id_type": "open_department_id", "user_id_type": "open_id"}
        async for user in paged(api, "/open-apis/contact/v3/users/find_by_department", of):
            yield text(user, "open_id")


def _members(api: Api, chat_id: str) -> AsyncIterator[Object]:
    return paged(api, f"/open-apis/im/v1/chats/{chat_id}/members", {"member_id_type": "open_id"}, page_size=100)


async def paged(
    api: Api, path: str, params: Mapping[str, str], *, of: str = "items", page_size: int = 50
) -> AsyncIterator[Object]:
    """Return the objects of a list that comes in pages. Raises PlatformError."""
    token = ""
    for _ in range(_MAX_PAGES):
        page = {"page_token": token} if token else {}
        answer = await api.call("GET", path, params={**params, **page, "page_size": str(page_size)})
        for one in objects(answer, of):
            yield one
        token = text(answer, "page_token")
        if at(answer, "has_more") is not True or not token:
            return
