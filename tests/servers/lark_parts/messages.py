"""im/v1/messages: send, reply, change, take back, read. The pages are below open.feishu.cn/document/.../reference/im-v1/message."""

from tests.servers.lark_parts import shapes
from tests.servers.lark_parts.api import Asked, invalid_field, invalid_parameter, no_such, route, wrong_type
from tests.servers.lark_parts.content import check_content, mentions_in, stored
from tests.servers.lark_parts.world import Chat, Json, Message, Refused, World, new_id

SEND = ("im:message", "im:message:send_as_bot", "im:message:send")
CHANGE = ("im:message", "im:message:send_as_bot", "im:message:update")
TAKE_BACK = ("im:message", "im:message:send_as_bot", "im:message:recall")
READ = ("im:message", "im:message:readonly", "im:message.history:readonly")
UUID_VALID_S, UUID_LENGTH = 3600.0, 50
CHANGEABLE_MS, RECALLABLE_MS = 14 * 86_400_000, 86_400_000
MAX_EDITS = 20
RECEIVERS = ("chat_id", "open_id", "union_id", "user_id", "email")


@route("POST", "im/v1/messages", *SEND, bot=True)
def create(asked: Asked) -> Json:
    kind = asked.need("receive_id_type")
    if kind not in RECEIVERS:
        raise invalid_field("receive_id_type", kind, f"{kind} is not one of [{','.join(RECEIVERS)}]")
    chat = _receiver(asked, kind, asked.need("receive_id"))
    return _send(asked, chat, None)


@route("POST", "im/v1/messages/{message_id}/reply", *SEND, bot=True)
def reply(asked: Asked) -> Json:
    parent = find(asked)
    if parent.recalled:
        raise Refused(230011, "The message was withdrawn.")
    if parent.kind == "system":
        raise Refused(230054, "This operation is not supported for this message type.")
    return _send(asked, asked.world.chats[parent.chat], parent)


@route("PATCH", "im/v1/messages/{message_id}", *CHANGE, bot=True)
def patch(asked: Asked) -> Json:
    message = _own(asked, 230012, "Bot is NOT the sender of the message.")
    if message.kind != "interactive":
        raise Refused(230054, "This operation is not supported for this message type.")
    if asked.world.ms() - message.created > CHANGEABLE_MS:
        raise Refused(230031, "The message that has been sent over 14 days can not be patched.")
    asked.faults.count("patch", message.id, 5)
    content = asked.need("content")
    check_content(asked, "interactive", content)
    change(asked.world, message, content)
    return {}


@route("PUT", "im/v1/messages/{message_id}", *CHANGE, bot=True)
def update(asked: Asked) -> Json:
    message = _own(asked, 230071, "Operator is not the sender of the message.")
    kind = asked.need("msg_type")
    if kind not in ("text", "post") or message.kind not in ("text", "post"):
        raise Refused(230054, "This operation is not supported for this message type.")
    if message.edits >= MAX_EDITS:
        raise Refused(230072, "The message has reached the number of times it can be edited.")
    content = asked.need("content")
    check_content(asked, kind, content)
    message.kind, message.edits = kind, message.edits + 1
    message.mentions = mentions_in(asked.world, content)
    change(asked.world, message, stored(kind, content))
    return shapes.item(asked.world, message)


@route("DELETE", "im/v1/messages/{message_id}", *TAKE_BACK, bot=True)
def delete(asked: Asked) -> Json:
    message = find(asked)
    if message.recalled:
        raise Refused(230011, "The message was withdrawn.")
    late = asked.world.ms() - message.created > RECALLABLE_MS
    if late or not (message.by_app and message.sender == asked.world.app.id):
        raise Refused(230026, "No permission to recall this message.")
    take_back(asked.world, message)
    return {}


@route("GET", "im/v1/messages/{message_id}", *READ, bot=True)
def get(asked: Asked) -> Json:
    """A bundle of forwarded messages comes with all that is in it, at whatever depth."""
    message = find(asked)
    raw = _raw(asked)
    found = [message, *_inside(asked.world, message.id)]
    return {"items": [shapes.item(asked.world, one, raw_card=raw) for one in found]}


@route("GET", "im/v1/messages", *READ, bot=True)
def history(asked: Asked) -> Json:
    """In a chat's list a topic stands as its first message; a topic's list has no times (so refused here)."""
    kind, place = asked.need("container_id_type"), asked.need("container_id")
    if kind == "thread":
        if {"start_time", "end_time"} & set(asked.query):
            raise invalid_parameter("start_time and end_time are not supported for thread")
        found = _of_thread(asked, place)
    elif kind == "chat":
        found = _of_chat(asked, place)
    else:
        raise invalid_parameter("invalid container_id_type")
    order = asked.query.get("sort_type", "ByCreateTimeAsc")
    if order not in ("ByCreateTimeAsc", "ByCreateTimeDesc"):
        raise invalid_parameter("invalid sort_type")
    page = asked.page(found[::-1] if order == "ByCreateTimeDesc" else found)
    raw = _raw(asked)
    return page | {"items": [shapes.item(asked.world, one, raw_card=raw) for one in page["items"]]}


def _raw(asked: Asked) -> bool:
    return asked.query.get("card_msg_content_type") == "raw_card_content"


def _of_chat(asked: Asked, chat_id: str) -> list[Message]:
    chat = known_chat(asked, chat_id)
    _may_read(asked, chat)
    start, end = (asked.query.get(name, "") for name in ("start_time", "end_time"))
    if not all(one.isdigit() or not one for one in (start, end)):
        raise invalid_parameter("start_time and end_time are seconds")
    return [
        one
        for one in asked.world.in_chat(chat.id)
        if not (one.thread and one.root)
        and (not start or one.created >= int(start) * 1000)
        and (not end or one.created // 1000 <= int(end))
    ]


def _of_thread(asked: Asked, thread: str) -> list[Message]:
    found = [one for one in asked.world.messages.values() if one.thread == thread]
    if not found:
        raise Refused(230019, "The topic does NOT exist.")
    chat = asked.world.chats[found[0].chat]
    _may_read(asked, chat)
    return [one for one in asked.world.in_chat(chat.id) if one.thread == thread]


def _may_read(asked: Asked, chat: Chat) -> None:
    """reference/im-v1/message/list: a group's messages need im:message.group_msg."""
    _in_chat(chat)
    if chat.mode != "p2p" and not asked.world.app.scopes & {"im:message.group_msg", "im:message.group_msg:readonly"}:
        error = {"permission_violations": [{"type": "action_scope_required", "subject": "im:message.group_msg"}]}
        raise Refused(230027, "Lack of necessary permissions, ext=need scope: im:message.group_msg", error=error)


def _in_chat(chat: Chat) -> None:
    if chat.dissolved:
        raise Refused(232009, "Your request specifies a chat which has already been dissolved.")
    if not chat.bot:
        raise Refused(230002, "Bot/User can NOT be out of the chat.")


def known_chat(asked: Asked, chat_id: str) -> Chat:
    chat = asked.world.chats.get(chat_id)
    if chat is None:
        raise invalid_parameter("invalid container_id")
    return chat


def find(asked: Asked) -> Message:
    """The message that the path names, if the bot may see it."""
    message_id = asked.path["message_id"]
    message = asked.world.messages.get(message_id)
    if not message_id.startswith("om_"):
        raise invalid_parameter("invalid message_id")
    if message is None:
        raise no_such("message_id")
    _in_chat(asked.world.chats[message.chat])
    return message


def _own(asked: Asked, code: int, said: str) -> Message:
    message = find(asked)
    if message.recalled:
        raise Refused(230011, "The message was withdrawn.")
    if not message.by_app or message.sender != asked.world.app.id:
        raise Refused(code, said)
    return message


def _inside(world: World, bundle: str) -> list[Message]:
    found: list[Message] = []
    for one in world.messages.values():
        if one.upper == bundle:
            found += [one, *_inside(world, one.id)]
    return found


def _receiver(asked: Asked, kind: str, receive_id: str) -> Chat:
    world = asked.world
    if kind == "chat_id":
        chat = world.chats.get(receive_id)
        if chat is None:
            raise invalid_parameter("invalid receive_id")
        return chat
    for user in world.users.values():
        if kind != "email" and getattr(user, kind) == receive_id:
            if user.resigned:
                raise Refused(230029, "User has resigned.")
            if not user.available:
                raise Refused(230013, "Bot has NO availability to this user.")
            return world.direct(user)
    raise invalid_parameter("invalid receive_id")


def _send(asked: Asked, chat: Chat, parent: Message | None) -> Json:
    world = asked.world
    _in_chat(chat)
    kind, content = asked.need("msg_type"), asked.need("content")
    key, in_thread = asked.body.get("uuid") or "", asked.body.get("reply_in_thread") or False
    if not isinstance(in_thread, bool):
        raise wrong_type("reply_in_thread", in_thread)
    if not isinstance(key, str) or len(key) > UUID_LENGTH:
        raise invalid_parameter("uuid is longer than 50 characters")
    if chat.muted:
        raise Refused(230018, "These operations are NOT allowed at current group settings.")
    check_content(asked, kind, content)
    at, before = world.sent.get(key, (0.0, ""))
    if key and before and world.now() - at < UUID_VALID_S:
        return shapes.item(world, world.messages[before])
    asked.faults.count_messages(chat.id)
    message = Message(
        id=new_id("om_"), chat=chat.id, sender=world.app.id, by_app=True, kind=kind,
        content=stored(kind, content), created=world.ms(), updated=0, mentions=mentions_in(world, content),
    )  # fmt: skip
    message.updated = message.created
    place(world, message, parent, in_thread=in_thread)
    if key:
        world.sent[key] = (world.now(), message.id)
    return shapes.item(world, message)


def place(world: World, message: Message, parent: Message | None, *, in_thread: bool) -> None:
    """Put a message into its chat, and in its place among the replies.

    reference/im-v1/message/intro: in a topic everything answers its first message; elsewhere root_id is the first of
    the chain. In a group of topics each message that answers nothing begins one.
    """
    if parent is None:
        message.thread = new_id("omt_") if world.chats[message.chat].mode == "topic" else ""
    elif parent.thread or in_thread:
        root = world.messages[parent.root] if parent.thread and parent.root else parent
        root.thread = root.thread or new_id("omt_")
        message.root = message.parent = root.id
        message.thread = root.thread
    else:
        message.root, message.parent = parent.root or parent.id, parent.id
    world.messages[message.id] = message


def change(world: World, message: Message, content: str) -> None:
    message.versions.append(message.content)
    message.content, message.updated = content, world.ms()


def take_back(world: World, message: Message, how: str = "message_owner") -> None:
    """reference/im-v1/message/events/recalled."""
    message.recalled, message.updated = True, world.ms()
    event = {"message_id": message.id, "chat_id": message.chat, "recall_time": str(message.updated), "recall_type": how}
    if world.chats[message.chat].bot:
        world.tell("im.message.recalled_v1", event)
