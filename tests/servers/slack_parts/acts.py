"""What people do in Slack: they talk, edit, react, invite, leave, uninstall."""

from collections.abc import Sequence

from tests.servers.slack_parts import shapes
from tests.servers.slack_parts.conversations import add_member, drop_member
from tests.servers.slack_parts.messages import change, place_in_thread, remove, store
from tests.servers.slack_parts.people import tell_revoked
from tests.servers.slack_parts.places import Places, message_uuid, world_team
from tests.servers.slack_parts.reactions import add_reaction, remove_reaction
from tests.servers.slack_parts.world import Channel, Json, Team, World


class Acts(Places):
    """Acts of people, by id or by name; each tells the app what Slack would."""

    world: World
    team: Team

    def say(
        self, channel: str, user: str, text: str, thread_ts: str | None = None, *, files: Sequence[Json] = (),
        blocks: Sequence[Json] | None = None, broadcast: bool = False, at: float | None = None, silent: bool = False,
    ) -> str:  # fmt: skip
        """Write a message and return its ts; at makes an old one, silent one that the app does not hear of."""
        world, place, author = self.world, self.world.channel(channel), self.world.user(user)
        message: Json = {
            "user": author.id, "type": "message", "ts": world.ts(at), "client_msg_id": message_uuid(world),
            "text": text, "team": author.team_id,
            "blocks": list(blocks) if blocks is not None else [shapes.rich_text(text, world.id("b"))],
        }  # fmt: skip
        if not text and blocks is None:
            del message["blocks"]
        if author.team_id != place.team_id:
            message |= {
                "user_team": author.team_id,
                "source_team": author.team_id,
                "user_profile": shapes.user(author, place.team_id)["profile"],
            }
        if files:
            message |= {"subtype": "file_share", "files": list(files), "upload": False, "display_as_bot": False}
        if thread_ts is not None:
            place_in_thread(place, message, thread_ts, broadcast=broadcast)
        return self._keep(place, message, silent=silent)

    def say_as_app(
        self, channel: str, name: str, text: str = "", *, attachments: Sequence[Json] = (), blocks: Sequence[Json] = (),
        bot_id: str = "B0ALERTS001", thread_ts: str | None = None, at: float | None = None, silent: bool = False,
    ) -> str:  # fmt: skip
        """An alert through an incoming webhook: reference/events/message/bot_message, which has no user."""
        world, place = self.world, self.world.channel(channel)
        message: Json = {
            "type": "message", "subtype": "bot_message", "text": text, "ts": world.ts(at), "username": name,
            "bot_id": bot_id, "icons": {"emoji": ":rotating_light:"},
        }  # fmt: skip
        if attachments:
            message["attachments"] = [
                {"id": n, "fallback": one.get("text", ""), **one} for n, one in enumerate(attachments, 1)
            ]
        if blocks:
            message["blocks"] = list(blocks)
        if thread_ts is not None:
            place_in_thread(place, message, thread_ts)
        return self._keep(place, message, silent=silent)

    def _keep(self, place: Channel, message: Json, *, silent: bool) -> str:
        if silent:
            place.keep(message)
        else:
            store(self.world, place, message)
        return str(message["ts"])

    def edit(self, channel: str, ts: str, text: str) -> None:
        """Its author changes a message."""
        place = self.world.channel(channel)
        old = place.messages[ts]
        new = {**old, "text": text, "blocks": [shapes.rich_text(text, self.world.id("b"))]}
        change(self.world, place, old, new, old.get("user", ""))

    def unfurl(self, channel: str, ts: str, attachments: Sequence[Json]) -> None:
        """Slack shows a link's preview: message_changed, though nobody edited."""
        place = self.world.channel(channel)
        old = place.messages[ts]
        place.messages[ts] = new = {**old, "attachments": list(attachments)}
        event = shapes.hidden(place, "message_changed", self.world.ts(), message=new, previous_message=old)
        self.world.tell(place.team_id, event)

    def delete(self, channel: str, ts: str) -> None:
        """A message is deleted."""
        place = self.world.channel(channel)
        remove(self.world, place, place.messages[ts])

    def react(self, channel: str, ts: str, user: str, name: str) -> None:
        place = self.world.channel(channel)
        add_reaction(self.world, place, place.messages[ts], name, self.world.user(user).id)

    def unreact(self, channel: str, ts: str, user: str, name: str) -> None:
        place = self.world.channel(channel)
        remove_reaction(self.world, place, place.messages[ts], name, self.world.user(user).id)

    # ---- coming and going

    def join(self, channel: str, user: str, inviter: str | None = None) -> None:
        place = self.world.channel(channel)
        by = self.world.user(inviter).id if inviter else None
        add_member(self.world, place, self.world.user(user).id, by)

    def leave(self, channel: str, user: str) -> None:
        place, one = self.world.channel(channel), self.world.user(user)
        drop_member(self.world, place, one.id)
        event = {
            "type": "member_left_channel", "user": one.id, "channel": place.id, "team": one.team_id,
            "channel_type": "C" if place.kind == "channel" else "G", "event_ts": self.world.ts(),
        }  # fmt: skip
        self.world.tell(place.team_id, event)

    def invite_bot(self, channel: str, inviter: str, team: str | None = None) -> None:
        """Somebody invites the bot: member_joined_channel with the bot as its user."""
        self.join(channel, world_team(self.world, team or self.team.id).bot_user, inviter)

    def kick_bot(self, channel: str, by: str) -> None:
        """Somebody removes the bot: reference/events/channel_left and group_left."""
        place, team = self.world.channel(channel), world_team(self.world, self.world.channel(channel).team_id)
        drop_member(self.world, place, team.bot_user)
        kind = "channel_left" if place.kind == "channel" else "group_left"
        self.world.tell(
            team.id,
            {"type": kind, "channel": place.id, "actor_id": self.world.user(by).id, "event_ts": self.world.ts()},
        )

    def archive(self, channel: str, user: str, *, archived: bool = True) -> None:
        place = self.world.channel(channel)
        place.archived = archived
        kind = f"{'channel' if place.kind == 'channel' else 'group'}_{'archive' if archived else 'unarchive'}"
        self.world.tell(
            place.team_id,
            {"type": kind, "channel": place.id, "user": self.world.user(user).id, "event_ts": self.world.ts()},
        )

    def rename(self, channel: str, name: str) -> None:
        place = self.world.channel(channel)
        place.name = name
        kind = "channel_rename" if place.kind == "channel" else "group_rename"
        shape = {
            "id": place.id,
            "name": name,
            "created": place.created,
            "is_channel": place.kind == "channel",
            "is_mpim": False,
        }
        self.world.tell(place.team_id, {"type": kind, "channel": shape, "event_ts": self.world.ts()})

    def uninstall(self, team: str | None = None) -> None:
        """An admin removes the app: its tokens are void, tokens_revoked and app_uninstalled are told (in either order)."""
        one = world_team(self.world, team or self.team.id)
        self._void(one)
        tell_revoked(self.world, one)
        self.world.tell(one.id, {"type": "app_uninstalled", "event_ts": self.world.ts()})
        one.installed = False

    def revoke(self, team: str | None = None) -> None:
        """The bot's token is revoked."""
        one = world_team(self.world, team or self.team.id)
        self._void(one)
        tell_revoked(self.world, one)

    def _void(self, team: Team) -> None:
        for token in self.world.tokens.values():
            if token.kind == "bot" and token.team_id == team.id:
                token.revoked = True

    def open_home(self, user: str, tab: str = "home") -> None:
        """Somebody looks at the app's home: reference/events/app_home_opened."""
        one = self.world.user(user)
        team = self.home_of(one)
        channel = self.world.direct(team, one.id)
        event: Json = {
            "type": "app_home_opened",
            "user": one.id,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self.world.ts(),
        }
        if tab == "home" and one.id in self.world.homes:
            event["view"] = self.world.homes[one.id].body
        self.world.tell(team.id, event)
