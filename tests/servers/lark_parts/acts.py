"""What people do with messages, besides pressing buttons. People and chats are named by id or name."""

import json

from tests.servers.lark_parts import messages, reactions, shapes
from tests.servers.lark_parts.content import named, spoken
from tests.servers.lark_parts.emoji import EMOJI
from tests.servers.lark_parts.thread import Home, act
from tests.servers.lark_parts.world import Chat, Json, Message, World, new_id

P2P = ("im:message.p2p_msg", "im:message.p2p_msg:readonly")
GROUP_AT = ("im:message.group_at_msg", "im:message.group_at_msg:readonly")
GROUP = ("im:message.group_msg", "im:message.group_msg:readonly")


class Acts:
    world: World
    home: Home

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
        at: float | None = None,
        silent: bool = False,
    ) -> str:
        """Write a message and return its id.

        Args:
            text: In it @name of a person or of the bot is a mention, and @all is everybody.
            kind: text, post, image, file, audio, media, sticker, interactive, share_chat, share_user or system, with content.
            reply_to: The message that it answers.
            thread: The topic (omt_...) that it is written in.
            in_thread: Begin a topic under reply_to.
            at: When, in seconds since 1970; now if not said.
            silent: Tell the app nothing, as if it had not been there.
        """
        words = text if content is None else content
        parent = self._parent(reply_to, thread)
        message = self._say(chat, user, words, kind=kind, parent=parent, in_thread=in_thread)
        if at is not None:
            message.created = message.updated = int(at * 1000)
        if not silent:
            self._tell_of(message)
        return message.id

    @act
    def mention(
        self, chat: str, user: str, text: str, *, reply_to: str | None = None, thread: str | None = None
    ) -> str:
        """Write to the bot: its name stands before the text."""
        return self.say(chat, user, f"@{self.world.app.name} {text}", reply_to=reply_to, thread=thread)

    @act
    def direct(self, user: str, text: str) -> str:
        """Write to the bot alone; return the message's id."""
        return self.say(self.world.direct(self.world.user(user)).id, user, text)

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
