"""reactions.*. Every error is named on the method's page, reference/methods/<method>."""

import re

from tests.servers.slack_parts import emoji
from tests.servers.slack_parts.calls import Arguments, Caller, method, visible
from tests.servers.slack_parts.world import Channel, Json, Refused, World

MOST_REACTIONS = 23  # of one person on a message, reactions.add: too_many_reactions
MOST_EMOJI = 50  # different ones on a message, reactions.add: too_many_emoji


def item(world: World, caller: Caller, arguments: Arguments) -> tuple[Channel, Json]:
    """The message that a reaction is about."""
    if not arguments.get("channel") or not arguments.get("timestamp"):
        raise Refused("no_item_specified")
    channel = visible(world, caller, arguments.required("channel"))
    message = channel.messages.get(arguments.timestamp("timestamp"))
    if message is None:
        raise Refused("message_not_found")
    return channel, message


def reaction_name(world: World, arguments: Arguments) -> str:
    name = arguments.required("name")
    base = re.sub(r"::skin-tone-[2-6]$", "", name)
    if base not in emoji.KNOWN and base not in world.emoji:
        raise Refused("invalid_name")
    return name


@method("reactions.add", "reactions:write", json=True)
def react(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel, message = item(world, caller, arguments)
    if caller.team.bot_user not in channel.members:
        raise Refused("not_in_channel")
    if channel.archived:
        raise Refused("is_archived")
    add_reaction(world, channel, message, reaction_name(world, arguments), caller.team.bot_user)
    return {}


@method("reactions.remove", "reactions:write", json=True)
def unreact(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel, message = item(world, caller, arguments)
    remove_reaction(world, channel, message, reaction_name(world, arguments), caller.team.bot_user)
    return {}


@method("reactions.get", "reactions:read")
def reactions(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel, message = item(world, caller, arguments)
    return {"type": "message", "channel": channel.id, "message": message}


def add_reaction(world: World, channel: Channel, message: Json, name: str, user: str) -> None:
    given = message.setdefault("reactions", [])
    if sum(user in one["users"] for one in given) >= MOST_REACTIONS:
        raise Refused("too_many_reactions")
    if len(given) >= MOST_EMOJI and name not in {one["name"] for one in given}:
        raise Refused("too_many_emoji")
    for one in given:
        if one["name"] == name:
            if user in one["users"]:
                raise Refused("already_reacted")
            one["users"].append(user)
            one["count"] += 1
            break
    else:
        given.append({"name": name, "users": [user], "count": 1})
    world.tell(channel.team_id, {"type": "reaction_added", "reaction": name, **_told(world, channel, message, user)})


def remove_reaction(world: World, channel: Channel, message: Json, name: str, user: str) -> None:
    given: list[Json] = message.get("reactions", [])
    found = next((one for one in given if one["name"] == name and user in one["users"]), None)
    if found is None:
        raise Refused("no_reaction")
    found["users"].remove(user)
    found["count"] -= 1
    message["reactions"] = [one for one in given if one["users"]]
    if not message["reactions"]:
        del message["reactions"]
    world.tell(channel.team_id, {"type": "reaction_removed", "reaction": name, **_told(world, channel, message, user)})


def _told(world: World, channel: Channel, message: Json, user: str) -> Json:
    """The event but for its type and the reaction: reference/events/reaction_added."""
    author = {"item_user": message["user"]} if "user" in message else {}
    item = {"type": "message", "channel": channel.id, "ts": message["ts"]}
    return {"user": user, "item": item, **author, "event_ts": world.ts()}
