"""What Slack sends when somebody presses, submits or commands; pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.slack.render import ACTION_PREFIX
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Reach

PLATFORM = "slack"

Body = Mapping[str, object]
"""An object as it came."""

_PERMALINK = re.compile(
    r"<?https?://[\w.:-]+/archives/(?P<channel>\w+)/p(?P<s>\d{10})(?P<us>\d{6})"
    r"(?:\?(?:[^\s>|]*?&)?thread_ts=(?P<thread>\d{10}\.\d{6}))?[^\s>]*>?"
)
_KEEPS_LINKS = frozenset({"why", "ask", "kb", "watch"})  # commands that a link is an argument of


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button pressed on a card of ours, or what comes to the same."""

    id: str
    action: str
    conversation: ConversationRef
    message_id: str = ""
    value: str = ""
    text: str = ""  # what "send" would send, to be edited first
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command as it was typed: where it aims, and whether the answer is for all to see."""

    text: str
    conversation: ConversationRef
    shared: bool = False


def at(body: object, *path: str) -> str:
    """Return the text at a path; empty where there is none."""
    for name in path:
        body = body.get(name) if isinstance(body, Mapping) else None
    return body if isinstance(body, str) else ""


def team_of(body: Body) -> str:
    """Return the workspace that something was done in, with our app in it: in a shared channel not always the person's."""
    installed = at(body, "view", "app_installed_team_id") or at(body, "team", "id") or at(body, "team_id")
    return installed or at(body, "view", "team_id") or at(body, "user", "team_id")


def user_of(body: Body) -> str:
    """Return who did it."""
    return at(body, "user", "id") or at(body, "user_id") or at(body, "event", "user")


def place(team_id: str, channel_id: str, thread_id: str | None = None) -> ConversationRef:
    """Return an address on Slack."""
    return ConversationRef(platform=PLATFORM, workspace_id=team_id, channel_id=channel_id, thread_id=thread_id or None)


def reach_told(body: Body, event: Body) -> Reach | None:
    """Return who reads in the channel of an event; None where the event does not say."""
    if body.get("is_ext_shared_channel") is True:
        return Reach.SHARED
    kind = at(event, "channel_type")
    return {"channel": Reach.OPEN, "C": Reach.OPEN}.get(kind, Reach.PRIVATE) if kind else None


def reach_of(channel: Body) -> Reach:
    """Return who reads in a channel, from what Slack tells about it."""
    if channel.get("is_ext_shared") is True:
        return Reach.SHARED
    closed = (channel.get(name) is True for name in ("is_private", "is_im", "is_mpim"))
    return Reach.PRIVATE if any(closed) else Reach.OPEN


def conversation_of(body: Body) -> ConversationRef:
    """Return the thread of the message that something was done to; a message outside of threads is one of its own."""
    thread_id = at(body, "container", "thread_ts") or at(body, "message", "thread_ts")
    return place(team_of(body), channel_of(body), thread_id or message_of(body))


def channel_of(body: Body) -> str:
    """Return the channel that something was done in; empty in a modal and in the App Home."""
    return at(body, "channel", "id") or at(body, "container", "channel_id") or at(body, "channel_id")


def message_of(body: Body) -> str:
    """Return the message that something was done to; empty in a modal and in the App Home."""
    return at(body, "container", "message_ts") or at(body, "message_ts") or at(body, "message", "ts")


def is_ephemeral(body: Body) -> bool:
    """Whether only the one who acted sees the message."""
    container = body.get("container")
    return isinstance(container, Mapping) and container.get("is_ephemeral") is True


def press_of(body: Body, origin: ConversationRef | None = None) -> Press | None:
    """Return the button that was pressed; None if it is none of our cards'.

    Args:
        origin: The conversation that the modal or App Home of the button speaks of.
    """
    actions = body.get("actions")
    pressed = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    prefix, _, rest = at(pressed, "action_id").partition(":")
    action = rest.partition(":")[2]
    if prefix != ACTION_PREFIX or not action:
        return None
    packed = at(pressed, "value")
    value, text = _unpacked(packed) if action == "send" else (packed, "")
    where = conversation_of(body) if channel_of(body) else _named(value, team_of(body)) or origin
    if where is None:
        return None
    return Press(
        id=f"{user_of(body)}-{at(pressed, 'action_ts')}-{at(pressed, 'action_id')}",
        action=action,
        value=value,
        text=text,
        at=seconds(at(pressed, "action_ts")),
        conversation=where,
        message_id=message_of(body),
    )


def learn_of(body: Body) -> Press:
    """Return the choice of "Learn from this thread" in a message's menu."""
    ts = at(body, "action_ts")
    return Press(
        id=f"{user_of(body)}-{ts}-learn",
        action="learn",
        conversation=conversation_of(body),
        message_id=message_of(body),
        at=seconds(ts),
    )


def _named(value: str, team_id: str) -> ConversationRef | None:
    """Return the conversation whose key a value is, as on the buttons of a case, if it is in this workspace."""
    try:
        named = ConversationRef.from_key(value)
    except ValueError:
        return None
    return named if (named.platform, named.workspace_id) == (PLATFORM, team_id) else None


def _unpacked(packed: str) -> tuple[str, str]:
    try:
        given = json.loads(packed)
    except ValueError:
        return packed, ""
    return (at(given, "value"), at(given, "text")) if isinstance(given, dict) else (packed, "")


def seconds(ts: str) -> float | None:
    """Return a timestamp of Slack's as epoch seconds; None if it is none."""
    return float(ts) if re.fullmatch(r"\d{1,12}(?:\.\d{1,9})?", ts, re.ASCII) else None


def asked_of(body: Body) -> Asked:
    """Return a slash command.

    Slack gives none inside a thread, so a link to a message of the channel as the last word names the thread; "share" after
    all makes the answer visible.
    """
    team_id, channel_id = team_of(body), channel_of(body)
    words = at(body, "text").split(" ")
    shared = len(words) > 1 and words[-1].lower() == "share"
    words = words[:-1] if shared else words
    thread_id = at(body, "thread_ts")
    link = _PERMALINK.fullmatch(words[-1]) if len(words) > 1 and words[0].lower() not in _KEEPS_LINKS else None
    if link is not None and link["channel"] == channel_id:  # of other channels the one who asks may not know
        words, thread_id = words[:-1], link["thread"] or f"{link['s']}.{link['us']}"
    return Asked(text=" ".join(words).strip(), conversation=place(team_id, channel_id, thread_id), shared=shared)


def quoted_in(message: object) -> str:
    """Return the quotation in a message of ours, or its text where it has none."""
    blocks = message.get("blocks") if isinstance(message, Mapping) else None
    parts = [_plain(part) for block in _list(blocks) for part in _list(_get(block, "elements")) if _is_quote(part)]
    return "\n\n".join(parts) or at(message, "text")


def _is_quote(part: object) -> bool:
    return at(part, "type") in {"rich_text_quote", "rich_text_preformatted"}


def _plain(part: object) -> str:
    words = "".join(map(_run, _list(_get(part, "elements"))))
    return f"```\n{words}\n```" if at(part, "type") == "rich_text_preformatted" else words


def _run(one: object) -> str:
    """Return a run of a quotation as it was written."""
    words = at(one, "text") or at(one, "url")
    return f"`{words}`" if words and _get(_get(one, "style"), "code") is True else words


def _get(of: object, name: str) -> object:
    return of.get(name) if isinstance(of, Mapping) else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
