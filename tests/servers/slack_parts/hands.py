"""What people do to an app's messages and views: press, choose, submit, close; slash commands and shortcuts.

reference/interaction-payloads: block_actions, view_submission, view_closed, message_action, shortcut; and
interactivity/implementing-slash-commands.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from tests.servers.slack_parts.calls import Arguments
from tests.servers.slack_parts.content import parse_content
from tests.servers.slack_parts.delivery import Delivery, NoAnswer
from tests.servers.slack_parts.filling import acted, filled, find_element, state_of
from tests.servers.slack_parts.messages import bot_message, store
from tests.servers.slack_parts.views import replace, show, view_complaints
from tests.servers.slack_parts.world import Channel, Json, ReplyUrl, Team, Trigger, User, View, World

TRIGGER_S = 3.0
REPLY_URL_S = 1800.0


class Hands:
    """Each act waits for the app's acknowledgement and returns its payload; NoAnswer when there is none."""

    world: World
    team: Team
    delivery: Delivery
    trigger_s: float = TRIGGER_S

    # ---- parts of payloads

    def trigger(self, user: str, team: str | None = None) -> str:
        """A new trigger id."""
        key = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        expires = self.world.now() + self.trigger_s
        self.world.triggers[key] = Trigger(team_id=team or self.team.id, user=user, expires=expires)
        return key

    def reply_url(self, channel: str, user: str, *, ts: str | None = None, ephemeral: Json | None = None) -> str:
        """A new response_url."""
        key = secrets.token_hex(12)
        expires = self.world.now() + REPLY_URL_S
        self.world.reply_urls[key] = ReplyUrl(
            channel=channel, user=user, expires=expires, message_ts=ts, ephemeral=ephemeral
        )
        return f"{self.world.origin}/actions/{self.team.id}/{key}"

    def _who(self, one: User, team: Team) -> Json:
        return {
            "user": {"id": one.id, "username": one.name, "name": one.name, "team_id": one.team_id},
            "api_app_id": self.world.app_id, "token": self.world.verification_token,
            "team": {"id": team.id, "domain": team.name.lower()}, "enterprise": None, "is_enterprise_install": False,
            "trigger_id": self.trigger(one.id, team.id),
        }  # fmt: skip

    def _team_of(self, channel: Channel) -> Team:
        return self.world.teams[channel.team_id]

    # ---- messages

    async def press(
        self, channel: str, ts: str, user: str, action: str, *, chosen: str | None = None, state: Json | None = None
    ) -> Json:
        """Press the button, or choose an option, of a message by action_id or label; an ephemeral one too."""
        world, place, one = self.world, self.world.channel(channel), self.world.user(user)
        ephemeral = next((e for e in world.ephemerals if e["ts"] == ts and e["to"] == one.id), None)
        message = ephemeral or place.messages[ts]
        block, element = find_element(message.get("blocks", []), action)
        container: Json = {
            "type": "message",
            "message_ts": ts,
            "channel_id": place.id,
            "is_ephemeral": ephemeral is not None,
        }
        if "thread_ts" in message:
            container["thread_ts"] = message["thread_ts"]
        payload = {
            "type": "block_actions", **self._who(one, self._team_of(place)), "container": container,
            "channel": {"id": place.id, "name": shown_name(place)},
            **({} if ephemeral else {"message": dict(message)}), "state": {"values": state or {}},
            "response_url": self.reply_url(place.id, one.id, ts=ts, ephemeral=ephemeral),
            "actions": [acted(block, element, chosen, world.ts())],
        }  # fmt: skip
        return await self.delivery.ask("interactive", payload)

    async def slash(self, channel: str, user: str, command: str, text: str = "") -> Json:
        """Type a command; what the acknowledgement carries is shown as Slack shows it."""
        place, one = self.world.channel(channel), self.world.user(user)
        team = self._team_of(place)
        form = {
            "token": self.world.verification_token, "team_id": team.id, "team_domain": team.name.lower(),
            "channel_id": place.id, "channel_name": shown_name(place), "user_id": one.id, "user_name": one.name,
            "command": command, "text": text, "api_app_id": self.world.app_id, "is_enterprise_install": "false",
            "response_url": self.reply_url(place.id, one.id), "trigger_id": self.trigger(one.id, team.id),
        }  # fmt: skip
        answer = await self.delivery.ask("slash_commands", form)
        if answer:
            message = bot_message(self.world, team, parse_content(Arguments(answer)))
            if answer.get("response_type") == "in_channel":
                store(self.world, place, message)
            else:
                self.world.ephemerals.append({**message, "channel": place.id, "to": one.id})
        return answer

    async def message_shortcut(self, channel: str, ts: str, user: str, callback_id: str) -> Json:
        """Choose one of the app's entries in a message's menu."""
        place, one = self.world.channel(channel), self.world.user(user)
        payload = {
            "type": "message_action", **self._who(one, self._team_of(place)), "action_ts": self.world.ts(),
            "channel": {"id": place.id, "name": shown_name(place)}, "callback_id": callback_id, "message_ts": ts,
            "message": dict(place.messages[ts]), "response_url": self.reply_url(place.id, one.id),
        }  # fmt: skip
        return await self.delivery.ask("interactive", payload)

    async def shortcut(self, user: str, callback_id: str) -> Json:
        """Choose one of the app's global shortcuts."""
        payload = {
            "type": "shortcut",
            **self._who(self.world.user(user), self.team),
            "action_ts": self.world.ts(),
            "callback_id": callback_id,
        }
        return await self.delivery.ask("interactive", payload)

    # ---- views

    def modal(self, user: str) -> Json | None:
        """The modal that somebody sees."""
        return top.body if (top := self._top(user)) else None

    def _top(self, user: str) -> View | None:
        seen = [one for one in self.world.views.values() if one.open and one.user == self.world.user(user).id]
        return seen[-1] if seen else None

    def _view(self, user: str) -> View:
        found = self._top(user)
        assert found is not None, f"{user} sees no modal"
        return found

    async def press_in_view(
        self, user: str, action: str, *, chosen: str | None = None, values: Mapping[str, Any] | None = None
    ) -> Json:
        """Press a button of the modal that the person sees, or else of the home."""
        one = self.world.user(user)
        seen = self._top(user) or self.world.homes[one.id]
        block, element = find_element(seen.body["blocks"], action)
        payload = {
            "type": "block_actions", **self._who(one, self.world.teams[seen.team_id]),
            "container": {"type": "view", "view_id": seen.body["id"]},
            "view": {**seen.body, "state": {"values": state_of(seen.body, values or {})}},
            "actions": [acted(block, element, chosen, self.world.ts())],
        }  # fmt: skip
        return await self.delivery.ask("interactive", payload)

    async def submit_modal(self, user: str, values: Mapping[str, Any] | None = None) -> Json:
        """Fill in the modal, by action_id or block_id, and submit it; the view closes or changes as the app says."""
        one, seen = self.world.user(user), self._view(user)
        state = state_of(seen.body, values or {})
        empty = [
            b["block_id"]
            for b in seen.body["blocks"]
            if b["type"] == "input" and not b.get("optional") and not filled(b, state)
        ]
        assert not empty, f"Slack asks to fill in {empty}"
        payload = {
            "type": "view_submission", **self._who(one, self.world.teams[seen.team_id]),
            "view": {**seen.body, "state": {"values": state}}, "response_urls": [],
        }  # fmt: skip
        answer = await self.delivery.ask("interactive", payload)
        self._after_submission(seen, answer)
        return answer

    def _after_submission(self, seen: View, answer: Json) -> None:
        """surfaces/modals: errors, update, push, clear, or nothing: close this view."""
        what = answer.get("response_action")
        if what == "errors":
            unknown = set(answer["errors"]) - {b["block_id"] for b in seen.body["blocks"] if b["type"] == "input"}
            assert answer["errors"], "errors are missing"
            assert not unknown, f"errors for blocks that are not inputs: {unknown}"
        elif what in {"update", "push"}:
            if wrong := view_complaints(answer.get("view")):
                raise NoAnswer(f"{what} with a view that Slack refuses: {wrong}")
            if what == "update":
                replace(self.world, seen, answer["view"])
            else:
                show(self.world, self.world.teams[seen.team_id], seen.user, answer["view"], seen)
        elif what == "clear":
            for one in self.world.views.values():
                one.open = one.open and one.user != seen.user
        elif what is None:
            seen.open = False
        else:
            raise NoAnswer(f"unknown response_action {what}")

    async def close_modal(self, user: str) -> Json:
        """Close the modal that the person sees; the app hears of it if it asked for that."""
        one, seen = self.world.user(user), self._view(user)
        seen.open = False
        if not seen.body["notify_on_close"]:
            return {}
        payload = {
            "type": "view_closed",
            **self._who(one, self.world.teams[seen.team_id]),
            "view": seen.body,
            "is_cleared": False,
        }
        del payload["trigger_id"]
        return await self.delivery.ask("interactive", payload)

    def refuse_reply(self, url: str) -> None:
        """Make a response_url expire."""
        self.world.reply_urls[url.rpartition("/")[2]].expires = 0.0


def shown_name(place: Channel) -> str:
    return {"channel": place.name, "group": "privategroup", "im": "directmessage"}.get(place.kind, place.name)
