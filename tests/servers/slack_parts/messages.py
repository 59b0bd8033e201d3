"""Messages as they are kept, and what the app hears when they come, change and go."""

from tests.servers.slack_parts import shapes
from tests.servers.slack_parts.blocks import with_ids
from tests.servers.slack_parts.calls import TS
from tests.servers.slack_parts.content import text_of_blocks
from tests.servers.slack_parts.world import Channel, Json, Refused, Team, World


def bot_message(world: World, team: Team, content: Json) -> Json:
    """A new message of the app, as it is stored."""
    text = content.get("text") or text_of_blocks(content.get("blocks", []))
    given = content.get("blocks")
    blocks = with_ids(given, world.id) if given else [shapes.rich_text(text, world.id("b"))] if text else []
    message: Json = {
        "user": team.bot_user, "type": "message", "ts": world.ts(), "bot_id": team.bot_id, "app_id": world.app_id,
        "text": text, "team": team.id, "bot_profile": shapes.bot_profile(world, team), "blocks": blocks,
    }  # fmt: skip
    return message | {k: content[k] for k in ("attachments", "metadata") if content.get(k)}


def place_in_thread(channel: Channel, message: Json, thread_ts: str, *, broadcast: bool = False) -> None:
    """Make a message a reply; one to a reply joins that reply's thread."""
    if not TS.fullmatch(thread_ts):
        raise Refused("invalid_thread_ts")
    root = channel.messages.get(thread_ts)
    if root is None:
        raise Refused("thread_not_found")
    top = root.get("thread_ts", thread_ts)
    parent = channel.messages.get(top, root)
    message["thread_ts"] = top
    if "user" in parent:
        message["parent_user_id"] = parent["user"]
    parent["thread_ts"] = top
    if broadcast:
        message |= {"subtype": "thread_broadcast", "root": {**parent, "thread_ts": top}}


def store(world: World, channel: Channel, message: Json) -> None:
    """Keep a message in its channel, in the order of time, and tell of it."""
    channel.keep(message)
    world.tell(channel.team_id, shapes.in_event(channel, message))
    for team in (world.teams[one] for one in (channel.team_id, *channel.shared_with) if world.teams[one].installed):
        if f"<@{team.bot_user}>" in message["text"] and "user" in message and message["user"] != team.bot_user:
            mention = shapes.in_event(channel, message)
            kept = {k: v for k, v in mention.items() if k not in {"channel_type", "parent_user_id"}}
            world.tell(team.id, {**kept, "type": "app_mention"})


def updated(world: World, message: Json, content: Json) -> Json:
    """chat.update: blocks are dropped when only text is given, text is kept when only blocks are; metadata stays."""
    new = {k: v for k, v in message.items() if k not in {"blocks", "attachments"}}
    text = content.get("text") or text_of_blocks(content.get("blocks") or []) or message["text"]
    new["text"] = text
    new["blocks"] = (
        with_ids(content["blocks"], world.id) if content.get("blocks") else [shapes.rich_text(text, world.id("b"))]
    )
    if content.get("attachments"):
        new["attachments"] = content["attachments"]
    if "metadata" in content:
        new["metadata"] = content["metadata"]
    return {k: v for k, v in new.items() if k != "metadata" or v}


def change(world: World, channel: Channel, before: Json, after: Json, by: str) -> None:
    """Store a new version of a message and tell of it: reference/events/message/message_changed."""
    ts = world.ts()
    previous = dict(before)
    after = {**after, "edited": {"user": by, "ts": f"{ts.split('.', maxsplit=1)[0]}.000000"}}
    channel.messages[before["ts"]] = after
    world.tell(channel.team_id, shapes.hidden(channel, "message_changed", ts, message=after, previous_message=previous))


def remove(world: World, channel: Channel, message: Json) -> None:
    """Delete a message; one with replies leaves a tombstone, as a message_changed event says."""
    ts = world.ts()
    if channel.thread(message["ts"]):
        stone = {
            "type": "message", "subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT",
            "hidden": True, "ts": message["ts"], "thread_ts": message["ts"],
        }  # fmt: skip
        channel.messages[message["ts"]] = stone
        parts = {"message": stone, "previous_message": message}
        world.tell(channel.team_id, shapes.hidden(channel, "message_changed", ts, **parts))
        return
    del channel.messages[message["ts"]]
    parts = {"previous_message": message, "deleted_ts": message["ts"]}
    world.tell(channel.team_id, shapes.hidden(channel, "message_deleted", ts, **parts))


def link_to(team: Team, channel: Channel, message: Json) -> str:
    root = message.get("thread_ts", message["ts"])
    tail = f"?thread_ts={root}&cid={channel.id}" if root != message["ts"] else ""
    return f"https://{team.name.lower()}.slack.com/archives/{channel.id}/p{message['ts'].replace('.', '')}{tail}"
