"""Slack's objects as JSON: users, channels, messages, events, as docs.slack.dev/reference shows them."""

import hashlib
import re
from typing import Any

from tests.servers.slack_parts.world import Channel, Json, Team, User, World

MARKUP = re.compile(r"<@(?P<user>[UW]\w+)(?:\|[^>]*)?>|<#(?P<channel>[CG]\w+)(?:\|[^>]*)?>|<!(?P<range>here|channel|everyone)>"
                    r"|<(?P<url>https?://[^|>]+)(?:\|(?P<label>[^>]*))?>|:(?P<emoji>[a-z0-9_+-]+):")  # fmt: skip


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _element(found: re.Match[str]) -> Json:
    kind = found.lastgroup if found.lastgroup != "label" else "url"
    match kind:
        case "user":
            return {"type": "user", "user_id": found["user"]}
        case "channel":
            return {"type": "channel", "channel_id": found["channel"]}
        case "range":
            return {"type": "broadcast", "range": found["range"]}
        case "url":
            label = {"text": unescaped(found["label"])} if found["label"] else {}
            return {"type": "link", "url": found["url"], **label}
        case _:
            return {"type": "emoji", "name": found["emoji"]}


def rich_text(text: str, block_id: str) -> Json:
    """What Slack makes of text that a person types: reference/block-kit/blocks/rich-text-block."""
    elements: list[Json] = []
    at = 0
    for found in MARKUP.finditer(text):
        if found.start() > at:
            elements.append({"type": "text", "text": unescaped(text[at : found.start()])})
        elements.append(_element(found))
        at = found.end()
    if at < len(text):
        elements.append({"type": "text", "text": unescaped(text[at:])})
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def user(one: User, seen_from: str) -> Json:
    """reference/objects/user-object; is_stranger for people of another team."""
    stranger = one.team_id != seen_from
    profile: Json = {
        "title": "", "phone": "", "skype": "", "real_name": one.real_name, "real_name_normalized": one.real_name,
        "display_name": one.name, "display_name_normalized": one.name, "status_text": "", "status_emoji": "",
        "avatar_hash": "g" + one.id[-6:], "team": one.team_id, "image_48": "https://secure.gravatar.com/avatar/48.jpg",
    }  # fmt: skip
    if one.bot_id:
        profile |= {"bot_id": one.bot_id, "api_app_id": "", "always_active": True}
    return {
        "id": one.id, "team_id": one.team_id, "name": one.name, "deleted": one.deleted, "color": "9f69e7",
        "real_name": one.real_name, "tz": one.tz, "tz_label": "Pacific Daylight Time", "tz_offset": -25200,
        "profile": profile, "is_admin": False, "is_owner": False, "is_primary_owner": False,
        "is_restricted": one.guest, "is_ultra_restricted": False, "is_bot": one.bot_id is not None,
        "is_app_user": False, "updated": one.updated, "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE", **({"is_stranger": True} if stranger else {}),
    }  # fmt: skip


def channel(one: Channel, bot_user: str) -> Json:
    """reference/objects/conversation-object."""
    if one.kind == "im":
        other = next((m for m in one.members if m != bot_user), bot_user)
        return {
            "id": one.id, "created": one.created, "is_im": True, "is_org_shared": False, "user": other,
            "is_user_deleted": False, "priority": 0, "is_archived": one.archived, "is_open": True,
            "context_team_id": one.team_id, "updated": one.created * 1000,
        }  # fmt: skip
    return {
        "id": one.id, "name": one.name, "name_normalized": one.name, "is_channel": one.kind == "channel",
        "is_group": one.kind == "group", "is_im": False, "is_mpim": one.kind == "mpim",
        "is_private": one.kind != "channel", "created": one.created, "creator": one.creator,
        "is_archived": one.archived, "is_general": False, "unlinked": 0, "is_shared": bool(one.shared_with),
        "is_org_shared": False, "is_ext_shared": bool(one.shared_with), "is_pending_ext_shared": False,
        "pending_shared": [], "shared_team_ids": [one.team_id, *one.shared_with], "context_team_id": one.team_id,
        "is_member": bot_user in one.members, "updated": one.created * 1000, "parent_conversation": None,
        "topic": {"value": one.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0}, "previous_names": [],
    }  # fmt: skip


def bot_profile(world: World, team: Team) -> Json:
    name = world.users[team.bot_user].name
    return {
        "id": team.bot_id, "deleted": False, "name": name, "updated": 1700000000, "app_id": world.app_id,
        "user_id": team.bot_user, "icons": {"image_36": "https://a.slack-edge.com/bot_36.png"}, "team_id": team.id,
    }  # fmt: skip


def in_event(one: Channel, message: Json, event_ts: str | None = None) -> Json:
    """A stored message as the message event carries it: reference/events/message."""
    kinds = {"group": "group", "channel": "channel", "im": "im", "mpim": "mpim"}
    hidden_in_events = ("reactions", "reply_count", "reply_users", "reply_users_count", "latest_reply", "is_locked")
    body = {k: v for k, v in message.items() if k not in hidden_in_events}
    return {**body, "channel": one.id, "event_ts": event_ts or message["ts"], "channel_type": kinds[one.kind]}


def hidden(one: Channel, subtype: str, ts: str, **parts: Any) -> Json:
    """message_changed and message_deleted: events about a message, not messages themselves."""
    return {
        "type": "message", "subtype": subtype, **parts, "channel": one.id, "hidden": True, "ts": ts,
        "event_ts": ts, "channel_type": one.kind,
    }  # fmt: skip


def with_replies(one: Channel, message: Json) -> Json:
    """A message as history and replies give it: a thread's first one tells of its replies."""
    replies = one.thread(message["ts"])
    if not replies:
        return dict(message)
    people = list(dict.fromkeys(r.get("user", r.get("bot_id", "")) for r in replies))
    return {
        **message, "thread_ts": message["ts"], "reply_count": len(replies), "reply_users_count": len(people),
        "latest_reply": replies[-1]["ts"], "reply_users": people[:5], "is_locked": False, "subscribed": False,
    }  # fmt: skip


def callback(world: World, team: Team, event: Json, event_id: str, now: float) -> Json:
    """The outer event: apis/events-api#events-JSON."""
    channel_id = event.get("channel") or event.get("item", {}).get("channel") or ""
    place = world.channels.get(channel_id) if isinstance(channel_id, str) else None
    author = world.users.get(str(event.get("user")))
    home = author.team_id if author else team.id
    digest = hashlib.sha256(event_id.encode()).hexdigest()
    return {
        "token": world.verification_token, "team_id": team.id, "context_team_id": team.id,
        "context_enterprise_id": None, "api_app_id": world.app_id, "event": event, "type": "event_callback",
        "event_id": event_id, "event_time": int(now),
        "authorizations": [
            {
                "enterprise_id": None, "team_id": team.id, "user_id": team.bot_user, "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(place and place.shared_with), "event_context": f"4-{home}-{digest[:32]}",
    }  # fmt: skip


HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history", "mpim": "mpim:history"}
MESSAGES = {"channel": "message.channels", "group": "message.groups", "im": "message.im", "mpim": "message.mpim"}
NEEDS = {  # "Required scopes" on each event's page; nothing: none
    "app_mention": "app_mentions:read", "reaction_added": "reactions:read", "reaction_removed": "reactions:read",
    "user_change": "users:read", "team_join": "users:read", "subteam_created": "usergroups:read",
    "subteam_updated": "usergroups:read", "subteam_members_changed": "usergroups:read",
}  # fmt: skip
FOR_OUTSIDERS = frozenset(  # told of channels that the bot is not in (any more)
    {"channel_left", "group_left", "channel_rename", "channel_archive", "channel_unarchive", "app_home_opened"}
)


def subscription(world: World, event: Json) -> tuple[str, str, Channel | None]:
    """Which subscription and scope bring an event, and the channel that the bot must be in."""
    kind = event["type"]
    reference = event.get("channel") or event.get("item", {}).get("channel")
    reference = reference["id"] if isinstance(reference, dict) else reference
    place = world.channels.get(reference) if reference else None
    if kind == "message" and place is not None:
        return MESSAGES[place.kind], HISTORY[place.kind], place
    if kind.startswith(("channel_", "member_", "group_")) and place is not None:
        return kind, "channels:read" if place.kind == "channel" else "groups:read", place
    return kind, NEEDS.get(kind, ""), place
