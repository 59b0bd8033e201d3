"""Who and where there is, and what happens to chats. People and chats are named by id or name."""

from collections.abc import Iterable

from tests.servers.lark_parts import shapes
from tests.servers.lark_parts.thread import Home, act
from tests.servers.lark_parts.world import Chat, File, Json, User, World, new_id

OTHER_TENANT = "fedcba9876543210"


class Rooms:
    world: World
    home: Home

    @act
    def add_user(self, name: str, *, external: bool = False, department: str | None = None) -> str:
        """A person, of another company if external; return the open_id."""
        open_id = new_id("ou_")
        self.world.users[open_id] = User(
            open_id=open_id, union_id=new_id("on_"), user_id=new_id("")[:8], name=name, external=external,
            tenant_key=OTHER_TENANT if external else self.world.tenant_key, departments=[department] if department else [],
        )  # fmt: skip
        return open_id

    @act
    def change_user(self, /, user: str, **changes: object) -> None:
        """Set fields of world.User: name, resigned, available, departments, ..."""
        found = self.world.user(user)
        for name, value in changes.items():
            setattr(found, name, value)

    @act
    def add_department(self, name: str, parent: str = "0") -> str:
        key = new_id("od-")
        self.world.departments[key] = {"name": name, "parent": parent}
        return key

    @act
    def add_group(self, members: Iterable[str]) -> str:
        """A user group of the address book; return its id."""
        key = new_id("g")[:17]
        self.world.groups[key] = [self.world.user(one).open_id for one in members]
        return key

    @act
    def add_chat(
        self,
        name: str = "",
        *,
        mode: str = "group",
        members: Iterable[str] = (),
        owner: str | None = None,
        bot: bool = True,
        external: bool = False,
        public: bool = True,
    ) -> str:
        """A group, a group of topics (mode "topic"), or the chat of one person with the bot ("p2p"); return its id."""
        ids = [self.world.user(one).open_id for one in members]
        if mode == "p2p":
            return self.world.direct(self.world.users[ids[0]]).id
        chat = Chat(
            id=new_id("oc_"), name=name, mode=mode, bot=bot, members=ids,
            owner=self.world.user(owner).open_id if owner else (ids[0] if ids else ""),
            external=external or any(self.world.users[one].external for one in ids), public=public,
        )  # fmt: skip
        self.world.chats[chat.id] = chat
        return chat.id

    @act
    def add_file(self, name: str, content: bytes, *, kind: str = "file") -> str:
        """Something to send; kind is file or image; return its key."""
        file = File(
            key=new_id("img_v3_" if kind == "image" else "file_v3_"),
            name=name,
            content=content,
            by_app=False,
            kind=kind,
        )
        self.world.files[file.key] = file
        return file.key

    # ---- chats

    @act
    def invite_bot(self, chat: str, by: str) -> None:
        self._about("im.chat.member.bot.added_v1", chat, by, bot=True)

    @act
    def kick_bot(self, chat: str, by: str) -> None:
        self._about("im.chat.member.bot.deleted_v1", chat, by, bot=False)

    @act
    def join(self, chat: str, user: str) -> None:
        found = self.world.chat(chat)
        found.members.append(self.world.user(user).open_id)
        self._about("im.chat.member.user.added_v1", chat, user, users=[self._as_member(user)])

    @act
    def leave(self, chat: str, user: str) -> None:
        found = self.world.chat(chat)
        found.members.remove(self.world.user(user).open_id)
        self._about("im.chat.member.user.deleted_v1", chat, user, users=[self._as_member(user)])

    @act
    def rename(self, chat: str, name: str, by: str) -> None:
        found = self.world.chat(chat)
        before, found.name = found.name, name
        self._about("im.chat.updated_v1", found.id, by, before_change={"name": before}, after_change={"name": name})

    @act
    def mute(self, chat: str, by: str, *, muted: bool = True) -> None:
        """Let nobody speak but the owner."""
        self.world.chat(chat).muted = muted
        after = {"moderation_permission": "only_owner" if muted else "all_members"}
        self._about("im.chat.updated_v1", chat, by, before_change={}, after_change=after)

    @act
    def disband(self, chat: str, by: str) -> None:
        self._about("im.chat.disbanded_v1", chat, by)
        self.world.chat(chat).dissolved = True

    def _as_member(self, user: str) -> Json:
        one = self.world.user(user)
        return {"name": one.name, "tenant_key": one.tenant_key, "user_id": shapes.ids(self.world, one)}

    def _about(self, kind: str, chat: str, by: str, *, bot: bool | None = None, **more: object) -> None:
        """Tell the bot of a chat that it is in, or just was."""
        found, operator = self.world.chat(chat), self.world.user(by)
        heard = found.bot
        if bot is not None:
            found.bot, heard = bot, True
        if heard:
            self.world.tell(kind, shapes.about_chat(self.world, found, operator) | more)
