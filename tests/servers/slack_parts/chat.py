"""chat.*. Every error is named on the method's page, reference/methods/<method>."""

from tests.servers.slack_parts.calls import Arguments, Caller, method, visible
from tests.servers.slack_parts.content import TEXT_KEPT, parse_content
from tests.servers.slack_parts.messages import bot_message, change, link_to, place_in_thread, remove, store, updated
from tests.servers.slack_parts.world import Channel, Json, Refused, World

TEXT_UPDATED = 4_000  # characters; chat.update: msg_too_long


def target(world: World, caller: Caller, reference: str) -> Channel:
    """Where chat.postMessage posts: an id, a name, or a user whose direct channel is meant."""
    if reference[:1] in {"U", "W"} and reference in world.users:
        return world.direct(caller.team, reference)
    channel = visible(world, caller, world.channel(reference).id)
    if caller.team.bot_user not in channel.members and "chat:write.public" not in caller.token.scopes:
        raise Refused("not_in_channel")
    if channel.archived:
        raise Refused("is_archived")
    return channel


@method("chat.postMessage", "chat:write", json=True)
def post_message(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel = target(world, caller, arguments.required("channel"))
    content = parse_content(arguments)
    if arguments.text("markdown_text"):
        content["text"] = _markdown_text(arguments)
    if not (content.get("text") or content.get("blocks") or content.get("attachments")):
        raise Refused("no_text")
    message = bot_message(world, caller.team, content)
    thread_ts = arguments.text("thread_ts")
    if thread_ts:
        place_in_thread(channel, message, thread_ts, broadcast=arguments.flag("reply_broadcast"))
    store(world, channel, message)
    return {"channel": channel.id, "ts": message["ts"], "message": {k: v for k, v in message.items() if k != "root"}}


def _markdown_text(arguments: Arguments) -> str:
    """chat.postMessage: at most 12,000 characters, and not beside text or blocks."""
    if arguments.text("text") or arguments.get("blocks"):
        raise Refused("markdown_text_conflict")
    if len(arguments.text("markdown_text")) > 12_000:
        raise Refused("msg_too_long")
    return arguments.text("markdown_text")


def own_message(world: World, caller: Caller, arguments: Arguments, refusal: str) -> tuple[Channel, Json]:
    channel = visible(world, caller, arguments.required("channel"))
    message = channel.messages.get(arguments.timestamp("ts"))
    if message is None or message.get("subtype") == "tombstone":
        raise Refused("message_not_found")
    if channel.archived:
        raise Refused("is_inactive" if refusal == "cant_update_message" else refusal)
    if message.get("bot_id") != caller.team.bot_id:
        raise Refused(refusal)
    return channel, message


@method("chat.update", "chat:write", json=True)
def update(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel, message = own_message(world, caller, arguments, "cant_update_message")
    content = parse_content(arguments)
    if not any(name in content for name in ("text", "blocks", "attachments")):
        raise Refused("no_text")
    if len(arguments.text("text")) > TEXT_UPDATED:
        raise Refused("msg_too_long")
    change(world, channel, message, updated(world, message, content), caller.team.bot_user)
    kept = channel.messages[message["ts"]]
    return {"channel": channel.id, "ts": message["ts"], "text": kept["text"], "message": kept}


@method("chat.delete", "chat:write", json=True)
def delete(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel, message = own_message(world, caller, arguments, "cant_delete_message")
    remove(world, channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


@method("chat.postEphemeral", "chat:write", json=True)
def post_ephemeral(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel = visible(world, caller, arguments.required("channel"))
    if channel.archived:
        raise Refused("is_archived")
    if caller.team.bot_user not in channel.members:
        raise Refused("not_in_channel" if channel.kind == "channel" else "channel_not_found")
    user = arguments.required("user")
    if user not in world.users or user not in channel.members:
        raise Refused("user_not_in_channel")
    if len(arguments.text("text")) > TEXT_KEPT:
        raise Refused("msg_too_long")
    content = parse_content(arguments)
    if not (content.get("text") or content.get("blocks") or content.get("attachments")):
        raise Refused("no_text")
    message = bot_message(world, caller.team, content)
    if arguments.text("thread_ts"):
        message["thread_ts"] = arguments.text("thread_ts")
    world.ephemerals.append({**message, "channel": channel.id, "to": user})
    return {"message_ts": message["ts"]}


@method("chat.getPermalink")
def permalink(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel = visible(world, caller, arguments.required("channel"))
    message = channel.messages.get(arguments.timestamp("message_ts"))
    if message is None:
        raise Refused("message_not_found")
    return {"channel": channel.id, "permalink": link_to(caller.team, channel, message)}
