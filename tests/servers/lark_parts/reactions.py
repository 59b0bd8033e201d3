"""im/v1/messages/:message_id/reactions, below .../reference/im-v1/message-reaction."""

from tests.servers.lark_parts import shapes
from tests.servers.lark_parts.api import Asked, route
from tests.servers.lark_parts.emoji import EMOJI
from tests.servers.lark_parts.messages import find
from tests.servers.lark_parts.world import Json, Message, Reaction, Refused, World, new_id

WRITE = ("im:message", "im:message.reactions:write_only")
READ = ("im:message", "im:message:readonly", "im:message.reactions:read")


@route("POST", "im/v1/messages/{message_id}/reactions", *WRITE, bot=True)
def create(asked: Asked) -> Json:
    message = find(asked)
    kind = asked.body.get("reaction_type")
    emoji = kind.get("emoji_type") if isinstance(kind, dict) else None
    if emoji not in EMOJI:
        raise Refused(231001, "reaction type is invalid.")
    if message.recalled:
        raise Refused(231003, "The message is withdrawn or deleted.")
    if message.kind == "system":
        raise Refused(231017, "The message type does not support reactions.")
    return shapes.reaction_item(add(asked.world, message, emoji, asked.world.app.id, by_app=True))


@route("GET", "im/v1/messages/{message_id}/reactions", *READ, bot=True)
def listed(asked: Asked) -> Json:
    message = find(asked)
    wanted = asked.query.get("reaction_type")
    found = [
        shapes.reaction_item(one)
        for one in asked.world.reactions.values()
        if one.message == message.id and wanted in (None, one.emoji)
    ]
    return asked.page(found)


@route("DELETE", "im/v1/messages/{message_id}/reactions/{reaction_id}", *WRITE, bot=True)
def delete(asked: Asked) -> Json:
    message = find(asked)
    reaction = asked.world.reactions.get(asked.path["reaction_id"])
    if reaction is None or reaction.message != message.id:
        raise Refused(231011, "The reaction does not exist.")
    if reaction.operator != asked.world.app.id:
        raise Refused(231007, "Only the operator can delete the reaction.")
    remove(asked.world, reaction)
    return shapes.reaction_item(reaction)


def add(world: World, message: Message, emoji: str, operator: str, *, by_app: bool) -> Reaction:
    """The same emoji of the same person stays one reaction."""
    for one in world.reactions.values():
        if (one.message, one.emoji, one.operator) == (message.id, emoji, operator):
            return one
    reaction = Reaction(id=new_id(""), message=message.id, emoji=emoji, operator=operator, by_app=by_app, at=world.ms())
    world.reactions[reaction.id] = reaction
    _tell(world, "im.message.reaction.created_v1", reaction)
    return reaction


def remove(world: World, reaction: Reaction) -> None:
    del world.reactions[reaction.id]
    reaction.at = world.ms()
    _tell(world, "im.message.reaction.deleted_v1", reaction)


def _tell(world: World, kind: str, reaction: Reaction) -> None:
    """.../message-reaction/events/created: in chats that the bot is in, with a permission to read."""
    if world.chats[world.messages[reaction.message].chat].bot and world.app.scopes & set(READ):
        world.tell(kind, shapes.reacted(world, reaction))
