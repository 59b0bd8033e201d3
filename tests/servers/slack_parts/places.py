"""Who and what there is in Slack: teams, people, channels, groups, files."""

from collections.abc import Sequence
from typing import Any

from tests.servers.slack_parts import shapes
from tests.servers.slack_parts.world import Channel, Json, Team, User, World


class Places:
    """People, channels, groups and files that there are; the app hears of some."""

    world: World
    team: Team

    def add_team(self, name: str) -> str:
        """Another workspace, without our app; return its id."""
        world = self.world
        team = Team(id=world.id("T"), name=name, bot_user=world.id("U"), bot_id=world.id("B"))
        world.teams[team.id] = team
        bot = User(id=team.bot_user, team_id=team.id, name="vigil", real_name="Vigil", bot_id=team.bot_id)
        world.users[bot.id] = bot
        return team.id

    def add_user(
        self,
        name: str,
        *,
        guest: bool = False,
        team: str | None = None,
        real_name: str | None = None,
        bot: bool = False,
    ) -> str:
        """Somebody; with team of another workspace a stranger. Return the id."""
        world, home = self.world, team or self.team.id
        one = User(
            id=world.id("U"), team_id=home, name=name, real_name=real_name or name.title(), guest=guest,
            bot_id=world.id("B") if bot else None, updated=int(world.now()),
        )  # fmt: skip
        world.users[one.id] = one
        world.tell(
            home, {"type": "team_join", "user": shapes.user(one, home), "cache_ts": one.updated, "event_ts": world.ts()}
        )
        return one.id

    def change_user(self, user: str, **changes: Any) -> None:
        """Change fields of a user: name, real_name, guest, deleted, tz."""
        one = self.world.user(user)
        for field, value in changes.items():
            setattr(one, field, value)
        one.updated = int(self.world.now())
        event = {
            "type": "user_change",
            "user": shapes.user(one, one.team_id),
            "cache_ts": one.updated,
            "event_ts": self.world.ts(),
        }
        self.world.tell(one.team_id, event)

    def add_channel(
        self, name: str, *, private: bool = False, with_bot: bool = True, members: Sequence[str] = (),
        team: str | None = None, shared_with: Sequence[str] = (),
    ) -> str:  # fmt: skip
        """A channel that is there already, with these people in it; return its id."""
        world, home = self.world, world_team(self.world, team or self.team.id)
        people = [world.user(one).id for one in members]
        channel = Channel(
            id=world.id("C"), team_id=home.id, name=name, kind="group" if private else "channel",
            creator=people[0] if people else "USLACKBOT", created=int(world.now()),
            members=[*people, *([home.bot_user] if with_bot else [])], shared_with=list(shared_with),
        )  # fmt: skip
        world.channels[channel.id] = channel
        return channel.id

    def add_direct(self, user: str, *others: str) -> str:
        """The direct channel (with others: the group one) between the bot and somebody; return its id."""
        world, people = self.world, [self.world.user(one).id for one in (user, *others)]
        team = self.home_of(world.user(user))
        if not others:
            return world.direct(team, people[0]).id
        channel = Channel(
            id=world.id("G"), team_id=team.id, name="mpdm-group-1", kind="mpim", creator=people[0],
            created=int(world.now()), members=[team.bot_user, *people],
        )  # fmt: skip
        world.channels[channel.id] = channel
        return channel.id

    def home_of(self, user: User) -> Team:
        """The workspace in which somebody meets the app."""
        own = self.world.teams[user.team_id]
        return own if own.installed else self.team

    def add_group(self, handle: str, members: Sequence[str]) -> str:
        """A user group; return its id."""
        world, now = self.world, int(self.world.now())
        people = [world.user(one).id for one in members]
        group: Json = {
            "id": world.id("S"), "team_id": self.team.id, "is_usergroup": True, "name": handle, "handle": handle,
            "description": "", "is_external": False, "date_create": now, "date_update": now, "date_delete": 0,
            "auto_type": None, "created_by": people[0] if people else "", "updated_by": "", "deleted_by": None,
            "prefs": {"channels": [], "groups": []}, "users": people, "user_count": len(people),
        }  # fmt: skip
        world.groups[group["id"]] = group
        world.tell(self.team.id, {"type": "subteam_created", "subteam": group, "event_ts": world.ts()})
        return str(group["id"])

    def change_group(self, group: str, members: Sequence[str]) -> None:
        """Other people are in a user group: reference/events/subteam_members_changed and subteam_updated."""
        world, found = self.world, self.world.groups[group]
        old, new = found["users"], [self.world.user(one).id for one in members]
        before, found["date_update"] = found["date_update"], int(world.now())
        found["users"], found["user_count"] = new, len(new)
        added, removed = [u for u in new if u not in old], [u for u in old if u not in new]
        event = {
            "type": "subteam_members_changed", "subteam_id": group, "team_id": self.team.id,
            "date_previous_update": before, "date_update": found["date_update"], "added_users": added,
            "added_users_count": len(added), "removed_users": removed, "removed_users_count": len(removed),
            "event_ts": world.ts(),
        }  # fmt: skip
        world.tell(self.team.id, event)
        world.tell(self.team.id, {"type": "subteam_updated", "subteam": found, "event_ts": world.ts()})

    def add_file(
        self,
        name: str,
        content: bytes,
        mimetype: str = "text/plain",
        user: str | None = None,
        *,
        unchecked: bool = False,
    ) -> Json:
        """A file for say(files=[...]); unchecked: a Slack Connect file, of which files.info must be asked."""
        world = self.world
        file_id = world.id("F")
        link = f"{world.origin}/files-pri/{self.team.id}-{file_id}/{name}"
        full = {
            "id": file_id, "created": int(world.now()), "timestamp": int(world.now()), "name": name, "title": name,
            "mimetype": mimetype, "filetype": name.rpartition(".")[2], "pretty_type": mimetype, "user": user or "",
            "user_team": self.team.id, "editable": False, "size": len(content), "mode": "hosted", "is_external": False,
            "external_type": "", "is_public": True, "public_url_shared": False, "display_as_bot": False,
            "username": "", "url_private": link, "url_private_download": link.replace(name, "download/" + name),
            "media_display_type": "unknown", "permalink": f"https://team.slack.com/files/U/{file_id}/{name}",
            "permalink_public": f"https://slack-files.com/{file_id}", "is_starred": False, "has_rich_preview": False,
            "file_access": "visible",
        }  # fmt: skip
        world.files[file_id], world.contents[file_id] = full, content
        return (
            {"id": file_id, "mode": "file_access", "file_access": "check_file_info", "created": 0}
            if unchecked
            else full
        )


def world_team(world: World, team: str) -> Team:
    return world.teams[team]


def message_uuid(world: World) -> str:
    number = int(world.id("")[-10:])
    return f"00000000-0000-4000-8000-{number:012x}"
