"""im/v1/chats: below .../reference/im-v1/chat and chat-members."""

from tests.servers.lark_parts import shapes
from tests.servers.lark_parts.api import Asked, route
from tests.servers.lark_parts.world import Chat, Json, Refused

READ = ("im:chat", "im:chat:readonly", "im:chat:read")
MEMBERS = ("im:chat", "im:chat:readonly", "im:chat.members:read", "im:chat.group_info:readonly")


@route("GET", "im/v1/chats/{chat_id}", *READ, bot=True)
def get(asked: Asked) -> Json:
    """Whoever is not in it learns little: its name, and that it stands."""
    world, chat = asked.world, _chat(asked)
    little: Json = {
        "avatar": "https://p3-lark-file.byteimg.com/avatar.png", "name": chat.name, "description": chat.description,
        "i18n_names": {"zh_cn": chat.name, "en_us": chat.name}, "chat_mode": chat.mode,
        "chat_status": "dissolved" if chat.dissolved else "normal", "tenant_key": world.tenant_key,
        "external": chat.external, "user_count": str(len(chat.members)), "bot_count": str(int(chat.bot)),
    }  # fmt: skip
    if not chat.bot:
        return little
    return little | {
        "owner_id": chat.owner, "owner_id_type": "open_id", "chat_type": "public" if chat.public else "private", "chat_tag": "inner",
        "group_message_type": "thread" if chat.mode == "topic" else "chat",
        "add_member_permission": "all_members", "at_all_permission": "all_members", "edit_permission": "all_members",
        "moderation_permission": "only_owner" if chat.muted else "all_members",
    }  # fmt: skip


@route("GET", "im/v1/chats", *READ, bot=True)
def listed(asked: Asked) -> Json:
    """The groups that the bot is in; chats with one person are not among them."""
    world = asked.world
    found = [c for c in world.chats.values() if c.bot and c.mode != "p2p" and not c.dissolved]
    return asked.page([shapes.of_chat(world, one) for one in found], most=100)


@route("GET", "im/v1/chats/{chat_id}/members", *MEMBERS, bot=True)
def members(asked: Asked) -> Json:
    """People only, never bots."""
    world, chat = asked.world, _chat(asked)
    if not chat.bot:
        raise Refused(232011, "Operator can NOT be out of the chat.")
    if chat.dissolved:
        raise Refused(232009, "Your request specifies a chat which has already been dissolved.")
    kind = asked.query.get("member_id_type", "open_id")
    if kind not in ("open_id", "union_id", "user_id"):
        raise Refused(232001, "Your request contains an invalid request parameter.")
    found = [
        {"member_id_type": kind, "member_id": getattr(user, kind), "name": user.name, "tenant_key": user.tenant_key}
        for user in (world.users[one] for one in chat.members)
    ]
    return asked.page(found, most=100) | {"member_total": len(found)}


@route("GET", "im/v1/chats/{chat_id}/members/is_in_chat", *MEMBERS, bot=True)
def is_in_chat(asked: Asked) -> Json:
    return {"is_in_chat": _chat(asked).bot}


def _chat(asked: Asked) -> Chat:
    chat = asked.world.chats.get(asked.path["chat_id"])
    if chat is None:
        raise Refused(232006, "Your request specifies a chat_id which is invalid.")
    return chat
