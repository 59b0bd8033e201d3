"""conversations.*. Every error is named on the method's page, reference/methods/<method>."""

import re

from tests.servers.slack_parts import shapes
from tests.servers.slack_parts.calls import Arguments, Caller, any_of, method, page, visible
from tests.servers.slack_parts.messages import store
from tests.servers.slack_parts.world import Channel, Json, Refused, World

KIND_OF_TYPE = {"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}
TIMES = re.compile(r"\d+(\.\d+)?")


def _readable(world: World, caller: Caller, arguments: Arguments) -> Channel:
    channel = visible(world, caller, arguments.required("channel"))
    caller.needs_for(channel, "history")
    if caller.team.bot_user not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _between(arguments: Arguments, messages: list[Json]) -> list[Json]:
    """Messages after oldest and before latest; those at the bounds only when inclusive."""
    bounds = [arguments.text("oldest", "0"), arguments.text("latest") or "9999999999"]
    for name, value in zip(("oldest", "latest"), bounds, strict=True):
        if not TIMES.fullmatch(value):
            raise Refused(f"invalid_ts_{name}")
    oldest, latest = (float(one) for one in bounds)
    inclusive = arguments.flag("inclusive")
    return [
        one
        for one in messages
        if oldest < float(one["ts"]) < latest or (inclusive and float(one["ts"]) in (oldest, latest))
    ]


def _shown(channel: Channel, message: Json, arguments: Arguments) -> Json:
    """Metadata is given when it is asked for."""
    hide = () if arguments.flag("include_all_metadata") else ("metadata",)
    return {k: v for k, v in shapes.with_replies(channel, message).items() if k not in hide}


@method("conversations.history", *any_of("history"), json=True)
def history(world: World, caller: Caller, arguments: Arguments) -> Json:
    """Newest first; replies are left out unless they were broadcast."""
    channel = _readable(world, caller, arguments)
    top = [
        one
        for one in channel.messages.values()
        if one.get("thread_ts", one["ts"]) == one["ts"] or one.get("subtype") == "thread_broadcast"
    ]
    rows, cursor = page(world, arguments, _between(arguments, top)[::-1], 100, 999)
    answer: Json = {
        "messages": [_shown(channel, one, arguments) for one in rows], "has_more": bool(cursor), "pin_count": 0,
        "channel_actions_ts": None, "channel_actions_count": 0,
    }  # fmt: skip
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


@method("conversations.replies", *any_of("history"), json=True)
def replies(world: World, caller: Caller, arguments: Arguments) -> Json:
    """Oldest first, the thread's first message at the head of every page."""
    channel = _readable(world, caller, arguments)
    root = channel.messages.get(arguments.required("ts"))
    if root is None:
        raise Refused("thread_not_found")
    if root.get("thread_ts", root["ts"]) != root["ts"]:
        return {"messages": [_shown(channel, root, arguments)], "has_more": False}
    rows, cursor = page(world, arguments, _between(arguments, channel.thread(root["ts"])), 1000, 1000)
    messages = [_shown(channel, one, arguments) for one in (root, *rows)]
    answer: Json = {"messages": messages, "has_more": bool(cursor)}
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _listed(world: World, caller: Caller, arguments: Arguments, *, member: bool) -> Json:
    types = arguments.text("types", "public_channel").replace(" ", "").split(",")
    if not set(types) <= set(KIND_OF_TYPE):
        raise Refused("invalid_types")
    kinds = {KIND_OF_TYPE[one] for one in types}
    for kind in kinds:
        caller.needs({"channel": "channels", "group": "groups"}.get(kind, kind) + ":read")
    bot = caller.team.bot_user
    rows = [
        one
        for one in world.channels.values()
        if one.kind in kinds and caller.team.id in (one.team_id, *one.shared_with)
        and (bot in one.members or (one.kind == "channel" and not member))
        and not (one.archived and arguments.flag("exclude_archived"))
    ]  # fmt: skip
    rows, cursor = page(world, arguments, rows, 100, 999)
    channels = [shapes.channel(one, bot) for one in rows]
    if not member:
        for one, shape in zip(rows, channels, strict=True):
            shape |= {"num_members": len(one.members)}
    return {"channels": channels, "response_metadata": {"next_cursor": cursor}}


@method("conversations.list", *any_of("read"))
def listed(world: World, caller: Caller, arguments: Arguments) -> Json:
    return _listed(world, caller, arguments, member=False)


@method("users.conversations", *any_of("read"))
def of_user(world: World, caller: Caller, arguments: Arguments) -> Json:
    return _listed(world, caller, arguments, member=True)


@method("conversations.info", *any_of("read"))
def info(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel = visible(world, caller, arguments.required("channel"))
    caller.needs_for(channel, "read")
    shape = shapes.channel(channel, caller.team.bot_user)
    if arguments.flag("include_num_members"):
        shape["num_members"] = len(channel.members)
    return {"channel": shape}


@method("conversations.members", *any_of("read"))
def members(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel = visible(world, caller, arguments.required("channel"))
    caller.needs_for(channel, "read")
    rows, cursor = page(world, arguments, channel.members, 100, 1000)
    return {"members": rows, "response_metadata": {"next_cursor": cursor}}


@method("conversations.join", "channels:join", json=True)
def join(world: World, caller: Caller, arguments: Arguments) -> Json:
    channel = visible(world, caller, arguments.required("channel"))
    if channel.kind != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    bot = caller.team.bot_user
    if bot in channel.members:
        already = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
        return {"channel": shapes.channel(channel, bot), **already}
    add_member(world, channel, bot, None)
    return {"channel": shapes.channel(channel, bot)}


def add_member(world: World, channel: Channel, user: str, inviter: str | None) -> None:
    """Somebody joins: a message with a subtype, and an event (reference/events/member_joined_channel)."""
    channel.members.append(user)
    by = {"inviter": inviter} if inviter else {}
    event = {
        "type": "member_joined_channel", "user": user, "channel": channel.id,
        "channel_type": "C" if channel.kind == "channel" else "G", "team": world.users[user].team_id, **by,
        "event_ts": world.ts(),
    }  # fmt: skip
    world.tell(channel.team_id, event)
    subtype = "channel_join" if channel.kind == "channel" else "group_join"
    text = f"<@{user}> has joined the channel"
    store(world, channel, {"type": "message", "subtype": subtype, "user": user, "text": text, "ts": world.ts(), **by})


def drop_member(world: World, channel: Channel, user: str) -> None:
    """Somebody leaves: a message with a subtype (reference/events/message/channel_leave)."""
    channel.members.remove(user)
    subtype = "channel_leave" if channel.kind == "channel" else "group_leave"
    text = f"<@{user}> has left the channel"
    store(world, channel, {"type": "message", "subtype": subtype, "user": user, "text": text, "ts": world.ts()})


@method("conversations.open", "im:write", "mpim:write", json=True)
def opened(world: World, caller: Caller, arguments: Arguments) -> Json:
    people = [one for one in arguments.text("users").replace(" ", "").split(",") if one]
    if not people:
        if not arguments.text("channel"):
            raise Refused("users_list_not_supplied")
        return {"channel": {"id": visible(world, caller, arguments.text("channel")).id}}
    if len(people) > 8:
        raise Refused("too_many_users")
    if any(one not in world.users for one in people):
        raise Refused("user_not_found")
    if len(people) > 1:
        channel = _group_direct(world, caller, people)
    else:
        caller.needs("im:write")
        channel = world.direct(caller.team, people[0])
    shape = shapes.channel(channel, caller.team.bot_user) if arguments.flag("return_im") else {"id": channel.id}
    return {"channel": shape}


def _group_direct(world: World, caller: Caller, people: list[str]) -> Channel:
    caller.needs("mpim:write")
    members = [caller.team.bot_user, *people]
    for one in world.channels.values():
        if one.kind == "mpim" and set(one.members) == set(members):
            return one
    name = "mpdm-" + "--".join(world.users[one].name for one in people) + "-1"
    made = Channel(
        id=world.id("G"), team_id=caller.team.id, name=name, kind="mpim", creator=caller.team.bot_user,
        created=int(world.now()), members=members,
    )  # fmt: skip
    world.channels[made.id] = made
    return made
