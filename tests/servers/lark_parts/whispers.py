"""Cards that one person sees, and cards changed after a press.

ephemeral/v1/send and delete: open.feishu.cn/document/server-docs/im-v1/message-card/send-message-cards-that-are-only-
visible-to-certain-people; interactive/v1/card/update: .../message-card/delay-update-message-card (30 minutes, three times).
"""

import json

from tests.servers.lark_parts.api import Asked, route
from tests.servers.lark_parts.cards import check_card
from tests.servers.lark_parts.messages import change
from tests.servers.lark_parts.world import Json, Message, Refused, new_id

SEND = ("im:message", "im:message:send_as_bot")
PER_CHAT = 40
TOKEN_VALID_S, TOKEN_USES = 1800.0, 3
MAX_CARD = 30 * 1024


@route("POST", "ephemeral/v1/send", *SEND, bot=True)
def send(asked: Asked) -> Json:
    world = asked.world
    chat = world.chats.get(asked.need("chat_id"))
    if chat is None:
        raise Refused(10009, "invalid chat_id")
    if chat.mode != "group":
        raise Refused(18053, "This chat type is not supported.")
    if not chat.bot:
        raise Refused(10002, "bot not in chat")
    person = next((asked.body[one] for one in ("open_id", "user_id") if asked.body.get(one)), "")
    user = next((one for one in world.users.values() if person in (one.open_id, one.user_id)), None)
    if user is None or user.open_id not in chat.members:
        raise Refused(11206, "user is not in the chat")
    if asked.body.get("msg_type") != "interactive" or not isinstance(asked.body.get("card"), dict):
        raise Refused(10003, "invalid param")
    if asked.size > MAX_CARD:
        raise Refused(230025, "The length of the message content reaches its limit.")
    check_card(asked.body["card"])
    asked.faults.count("ephemeral", chat.id, PER_CHAT)
    message = Message(
        id=new_id("om_"), chat=chat.id, sender=world.app.id, by_app=True, kind="interactive", created=world.ms(),
        updated=0, content=json.dumps(asked.body["card"], ensure_ascii=False), only_for=user.open_id,
    )  # fmt: skip
    message.updated = message.created
    world.whispers[message.id] = message
    return {"message_id": message.id}


@route("POST", "ephemeral/v1/delete", *SEND, "im:message:update", bot=True)
def delete(asked: Asked) -> Json:
    found = asked.world.whispers.get(asked.need("message_id"))
    if found is None or found.recalled:
        raise Refused(11224, "message not exist")
    found.recalled = True
    return {}


@route("POST", "interactive/v1/card/update")
def update(asked: Asked) -> Json:
    """Only after the press was answered; the card may be for all, or for those in open_ids."""
    pressed, card = asked.world.pressed.get(asked.need("token")), asked.body.get("card")
    if pressed is None or asked.world.now() - pressed.at > TOKEN_VALID_S or pressed.used >= TOKEN_USES:
        raise Refused(300020, "invalid or expired token")
    if not isinstance(card, dict):
        raise Refused(300000, "invalid card")
    card = {name: value for name, value in card.items() if name != "open_ids"}
    check_card(card)
    pressed.used += 1
    change(asked.world, asked.world.shown(pressed.message), json.dumps(card, ensure_ascii=False))
    return {}
