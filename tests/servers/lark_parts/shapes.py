"""How things look in events and in answers."""

import json
from typing import Any

from tests.servers.lark_parts.world import Chat, Json, Message, Reaction, User, World

AGENT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Lark/7.42"
RECALLED = "This message was recalled"  # reference/im-v1/message/get, where deleted is true
TOO_OLD = "请升级至最新版本客户端，以查看内容"
BUNDLE = "Merged and Forwarded Message"  # im-v1/message/events/message_content, merge_forward


def envelope(world: World, kind: str, event: Json, event_id: str) -> Json:
    """event-subscription-guide/event-subscriptions (events of version 2.0)."""
    header = {
        "event_id": event_id, "event_type": kind, "create_time": str(int(world.now() * 1000)),
        "token": world.app.verification_token, "app_id": world.app.id, "tenant_key": world.tenant_key,
    }  # fmt: skip
    return {"schema": "2.0", "header": header, "event": event}


def ids(world: World, user: User) -> Json:
    """user_id is there only with the permission contact:user.employee_id:readonly, and not for strangers."""
    known = "contact:user.employee_id:readonly" in world.app.scopes and not user.external
    return {"union_id": user.union_id, "user_id": user.user_id if known else None, "open_id": user.open_id}


def received(world: World, message: Message) -> Json:
    """reference/im-v1/message/events/receive."""
    user, chat = world.users[message.sender], world.chats[message.chat]
    sender = {"sender_id": ids(world, user), "sender_type": "user", "tenant_key": user.tenant_key}
    body: Json = {
        "message_id": message.id, "create_time": str(message.created), "update_time": str(message.updated),
        "chat_id": chat.id, "chat_type": {"topic": "topic_group"}.get(chat.mode, chat.mode),
        "message_type": message.kind, "content": event_content(message), "user_agent": AGENT,
    }  # fmt: skip
    body |= relations(message)
    if message.mentions:
        body["mentions"] = [_mention_in_event(world, one) for one in message.mentions]
    return {"sender": sender, "message": body}


def event_content(message: Message) -> str:
    return BUNDLE if message.kind == "merge_forward" else message.content


def relations(message: Message) -> Json:
    """Only what a message has of root_id, parent_id and thread_id."""
    named = {"root_id": message.root, "parent_id": message.parent, "thread_id": message.thread}
    return {name: value for name, value in named.items() if value}


def _mention_in_event(world: World, mention: Json) -> Json:
    user = world.users.get(mention["open_id"])
    who = ids(world, user) if user else {"union_id": None, "user_id": None, "open_id": mention["open_id"]}
    tenant = user.tenant_key if user else world.tenant_key
    return {"key": mention["key"], "id": who, "name": mention["name"], "tenant_key": tenant}


def item(world: World, message: Message, *, raw_card: bool = False) -> Json:
    """A message as the API has it: reference/im-v1/message/get."""
    user = world.users.get(message.sender)
    sender = {
        "id": message.sender, "id_type": "app_id" if message.by_app else "open_id",
        "sender_type": "app" if message.by_app else "user",
        "tenant_key": user.tenant_key if user else world.tenant_key,
    }  # fmt: skip
    shown: Json = {
        "message_id": message.id, "msg_type": message.kind, "create_time": str(message.created),
        "update_time": str(message.updated), "deleted": message.recalled, "updated": message.updated > message.created,
        "chat_id": message.chat, "sender": sender, "body": {"content": content(message, raw_card=raw_card)},
    }  # fmt: skip
    shown |= relations(message)
    place = world.chats[message.chat].id
    shown["message_app_link"] = (
        f"https://applink.feishu.cn/client/chat/open?openChatId={place}&position={message.created}"
    )
    if message.mentions and not message.recalled:
        tenant = world.tenant_key
        shown["mentions"] = [
            {"key": m["key"], "id": m["open_id"], "id_type": "open_id", "name": m["name"], "tenant_key": tenant}
            for m in message.mentions
        ]
    if message.upper:
        shown["upper_message_id"] = message.upper
    return shown


def content(message: Message, *, raw_card: bool) -> str:
    if message.recalled:
        return RECALLED
    if message.kind == "merge_forward":
        return BUNDLE
    if message.kind != "interactive":
        return message.content
    if raw_card:
        return json.dumps({"json_card": message.content, "json_attachment": "{}", "card_schema": 2})
    return json.dumps(simplified(json.loads(message.content)), ensure_ascii=False)


def simplified(card: Json) -> Json:
    """What is told of a card: the lines of a card of version 1, and nothing of one of version 2."""
    title = card.get("header", {}).get("title", {}).get("content")
    if card.get("schema") == "2.0":
        return {"title": title, "elements": [[{"tag": "text", "text": TOO_OLD}]]}
    lines = [line for one in card.get("elements", []) if (line := _line(one))]
    return {"title": title, "elements": lines}


def _line(element: Json) -> list[Json]:
    match element.get("tag"):
        case "markdown":
            return [{"tag": "text", "text": element.get("content", "")}]
        case "div":
            return [{"tag": "text", "text": element.get("text", {}).get("content", "")}]
        case "img":
            return [{"tag": "img", "image_key": element.get("img_key", "")}]
        case "action":
            return [
                {"tag": "button", "text": one.get("text", {}).get("content", ""), "type": one.get("type", "default")}
                for one in element.get("actions", [])
            ]
        case "hr":
            return [{"tag": "hr"}]
        case _:
            return []


def reacted(world: World, reaction: Reaction) -> Json:
    """reference/im-v1/message-reaction/events/created and .../deleted."""
    told: Json = {
        "message_id": reaction.message, "reaction_type": {"emoji_type": reaction.emoji},
        "operator_type": "app" if reaction.by_app else "user", "action_time": str(reaction.at),
    }  # fmt: skip
    if reaction.by_app:
        return told | {"app_id": reaction.operator}
    return told | {"user_id": ids(world, world.users[reaction.operator])}


def reaction_item(reaction: Reaction) -> Json:
    kind = "app" if reaction.by_app else "user"
    return {
        "reaction_id": reaction.id, "operator": {"operator_id": reaction.operator, "operator_type": kind},
        "action_time": str(reaction.at), "reaction_type": {"emoji_type": reaction.emoji},
    }  # fmt: skip


def about_chat(world: World, chat: Chat, operator: User) -> Json:
    """What the events about a chat have in common: reference/im-v1/chat/events/updated."""
    return {
        "chat_id": chat.id, "operator_id": ids(world, operator), "external": chat.external,
        "operator_tenant_key": operator.tenant_key, "name": chat.name,
    }  # fmt: skip


def of_chat(world: World, chat: Chat) -> Json:
    """A chat in a list: reference/im-v1/chat/list."""
    return {
        "chat_id": chat.id, "avatar": "https://p3-lark-file.byteimg.com/avatar.png", "name": chat.name,
        "description": chat.description, "owner_id": chat.owner, "owner_id_type": "open_id",
        "external": chat.external, "tenant_key": world.tenant_key,
        "chat_status": "dissolved" if chat.dissolved else "normal",
    }  # fmt: skip


def plain(value: Any) -> Any:
    """A copy that nobody else changes."""
    return json.loads(json.dumps(value))
