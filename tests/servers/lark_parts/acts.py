"""What people do in Lark, besides pressing buttons. People and chats are named by id or name."""

import json
from collections.abc import Iterable

from tests.servers.lark_parts import messages, reactions, shapes
from tests.servers.lark_parts.content import named, spoken
from tests.servers.lark_parts.emoji import EMOJI
from tests.servers.lark_parts.thread import Home, act
from tests.servers.lark_parts.world import Chat, File, Json, Message, User, World, new_id

OTHER_TENANT = "fedcba9876543210"
P2P = ("im:message.p2p_msg", "im:message.p2p_msg:readonly")
GROUP_AT = ("im:message.group_at_msg", "im:message.group_at_msg:readonly")
GROUP = ("im:message.group_msg", "im:message.group_msg:readonly")


class Acts:
    world: World
    home: Home

    # ---- who and where there is

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
    ) -> str:
        """A group, a group of topics (mode "topic"), or the chat of one person with the bot ("p2p"); return its id."""
        ids = [self.world.user(one).open_id for one in members]
        if mode == "p2p":
            return self.world.direct(self.world.users[ids[0]]).id
        chat = Chat(
            id=new_id("oc_"), name=name, mode=mode, bot=bot, members=ids,
            owner=self.world.user(owner).open_id if owner else (ids[0] if ids else ""),
            external=external or any(self.world.users[one].external for one in ids),
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

    # ---- messages

    @act
    def say(
        self,
        chat: str,
        user: str,
        text: str = "",
        *,
        kind: str = "text",
        content: Json | None = None,
        reply_to: str | None = None,
        thread: str | None = None,
        in_thread: bool = False,
    ) -> str:
        """Write a message and return its id.

        Args:
            text: In it @name of a person or of the bot is a mention, and @all is everybody.
            kind: text, post, image, file, audio, media, sticker, interactive, share_chat, share_user or system, with content.
            reply_to: The message that it answers.
            thread: The topic (omt_...) that it is written in.
            in_thread: Begin a topic under reply_to.
        """
        words = text if content is None else content
        parent = self._parent(reply_to, thread)
        return self._say(chat, user, words, kind=kind, parent=parent, in_thread=in_thread).id

    @act
    def mention(
        self, chat: str, user: str, text: str, *, reply_to: str | None = None, thread: str | None = None
    ) -> str:
        """Write to the bot: its name stands before the text."""
        words = f"@{self.world.app.name} {text}"
        return self._say(chat, user, words, parent=self._parent(reply_to, thread)).id

    @act
    def direct(self, user: str, text: str) -> str:
        """Write to the bot alone; return the message's id."""
        chat = self.world.direct(self.world.user(user))
        return self._say(chat.id, user, text).id

    @act
    def say_as_app(self, chat: str, text: str, *, app_id: str = "cli_another_app00001") -> str:
        """Another bot writes: it is in the history, and nobody is told (events/receive: messages of users only)."""
        body = json.dumps({"text": text}, ensure_ascii=False)
        message = self._new(self.world.chat(chat), app_id, "text", body, by_app=True)
        messages.place(self.world, message, None, in_thread=False)
        return message.id

    @act
    def forward(self, chat: str, user: str, bundle: list[str]) -> str:
        """Forward messages as one; return its id."""
        content = json.dumps({"create_time": ""})
        message = self._new(self.world.chat(chat), self.world.user(user).open_id, "merge_forward", content)
        messages.place(self.world, message, None, in_thread=False)
        for one in bundle:
            self._enclose(self.world.messages[one], message)
        self._tell_of(message)
        return message.id

    @act
    def edit(self, message: str, text: str = "", *, content: Json | None = None) -> None:
        """Change a message. No event tells of it; the history says updated, with a later update_time."""
        found = self.world.messages[message]
        body, found.mentions = self._body(text if content is None else content)
        messages.change(self.world, found, json.dumps(body, ensure_ascii=False))

    @act
    def recall(self, message: str, how: str = "message_owner") -> None:
        """Take a message back; how may be group_owner, group_manager or enterprise_manager, too."""
        messages.take_back(self.world, self.world.messages[message], how)

    @act
    def react(self, message: str, user: str, emoji: str = "THUMBSUP") -> None:
        assert emoji in EMOJI, f"Lark has no {emoji}"
        operator = self.world.user(user).open_id
        reactions.add(self.world, self.world.messages[message], emoji, operator, by_app=False)

    @act
    def unreact(self, message: str, user: str, emoji: str = "THUMBSUP") -> None:
        operator = self.world.user(user).open_id
        for one in list(self.world.reactions.values()):
            if (one.message, one.operator, one.emoji) == (message, operator, emoji):
                reactions.remove(self.world, one)

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

    @act
    def send_event(self, kind: str, event: Json) -> None:
        """An event of any type, such as one that nobody registered for, whether or not it is subscribed."""
        self.world.app.events.add(kind)
        self.world.tell(kind, event)

    # ---- how it is done

    def _say(
        self,
        chat: str,
        user: str,
        words: str | Json,
        *,
        kind: str = "text",
        parent: Message | None = None,
        in_thread: bool = False,
    ) -> Message:
        place, sender = self.world.chat(chat), self.world.user(user)
        assert sender.open_id in place.members, f"{user} is not in {chat}"
        assert not place.dissolved, f"{chat} is gone"
        body, mentions = self._body(words)
        message = self._new(place, sender.open_id, kind, json.dumps(body, ensure_ascii=False))
        message.mentions = mentions
        messages.place(self.world, message, parent, in_thread=in_thread)
        self._tell_of(message)
        return message

    def _body(self, words: str | Json) -> tuple[Json, list[Json]]:
        """The content of a message and whom it names; a text by @name, rich text with elements that say at."""
        if isinstance(words, str):
            text, mentions = spoken(self.world, words)
            return {"text": text}, mentions
        return named(self.world, words)

    def _parent(self, reply_to: str | None, thread: str | None) -> Message | None:
        return self.world.messages[reply_to] if reply_to else self._root(thread) if thread else None

    def _new(self, chat: Chat, sender: str, kind: str, content: str, *, by_app: bool = False) -> Message:
        now = self.world.ms()
        return Message(
            id=new_id("om_"), chat=chat.id, sender=sender, by_app=by_app, kind=kind, content=content, created=now,
            updated=now,
        )  # fmt: skip

    def _root(self, thread: str) -> Message:
        found = [one for one in self.world.messages.values() if one.thread == thread and not one.root]
        found += [one for one in self.world.messages.values() if one.thread == thread]
        return found[0]

    def _enclose(self, original: Message, bundle: Message) -> None:
        """Put a copy of a message, and of what is in it, into a bundle."""
        inside = [one for one in self.world.messages.values() if one.upper == original.id]
        copy = self._new(
            self.world.chats[bundle.chat], original.sender, original.kind, original.content, by_app=original.by_app
        )
        copy.created, copy.upper, copy.mentions = original.created, bundle.id, original.mentions
        self.world.messages[copy.id] = copy
        for one in inside:
            self._enclose(one, copy)

    def _tell_of(self, message: Message) -> None:
        """events/receive: what the app hears depends on its permissions."""
        chat, scopes = self.world.chats[message.chat], self.world.app.scopes
        named = any(one["open_id"] == self.world.app.open_id for one in message.mentions)
        need = P2P if chat.mode == "p2p" else (*GROUP_AT, *GROUP) if named else GROUP
        if chat.bot and scopes & set(need):
            self.world.tell("im.message.receive_v1", shapes.received(self.world, message))

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
