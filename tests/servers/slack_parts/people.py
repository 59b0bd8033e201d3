"""auth.*, apps.*, oauth.*, users.*, bots.*, team.*, usergroups.*, files.*, emoji.*. Errors: reference/methods/<method>."""

from tests.servers.slack_parts import shapes
from tests.servers.slack_parts.calls import Arguments, Caller, method, page
from tests.servers.slack_parts.world import Json, Refused, Team, Token, World


@method("api.test", token="none", json=True)
def api_test(_world: World, _caller: Caller, arguments: Arguments) -> Json:
    if arguments.get("error"):
        raise Refused(arguments.text("error"), args=dict(arguments))
    return {"args": dict(arguments)}


@method("auth.test", json=True)
def auth_test(world: World, caller: Caller, _arguments: Arguments) -> Json:
    team = caller.team
    return {
        "url": f"https://{team.name.lower()}.slack.com/", "team": team.name, "user": world.users[team.bot_user].name,
        "team_id": team.id, "user_id": team.bot_user, "bot_id": team.bot_id, "is_enterprise_install": False,
    }  # fmt: skip


@method("auth.revoke")
def revoke(world: World, caller: Caller, arguments: Arguments) -> Json:
    if arguments.flag("test"):
        return {"revoked": False}
    caller.token.revoked = True
    tell_revoked(world, caller.team)
    return {"revoked": True}


def tell_revoked(world: World, team: Team) -> None:
    """reference/events/tokens_revoked."""
    world.tell(team.id, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user]}})


@method("apps.connections.open", "connections:write", token="app", json=True)
def connections_open(world: World, _caller: Caller, _arguments: Arguments) -> Json:
    return {"url": world.link()}


@method("apps.event.authorizations.list", "authorizations:read", token="app", json=True)
def authorizations(world: World, _caller: Caller, arguments: Arguments) -> Json:
    arguments.required("event_context")
    rows = [
        {
            "enterprise_id": None, "team_id": t.id, "user_id": t.bot_user, "is_bot": True,
            "is_enterprise_install": False,
        }
        for t in world.teams.values() if t.installed
    ]  # fmt: skip
    rows, cursor = page(world, arguments, rows, 100, 1000)
    return {"authorizations": rows, "response_metadata": {"next_cursor": cursor}}


def install(world: World, team: Team, scopes: set[str]) -> Token:
    """Install the app into a team: a new bot token."""
    team.installed = True
    token = Token(value=f"xoxb-{team.id}-{len(world.tokens) + 1}", kind="bot", team_id=team.id, scopes=scopes)
    world.tokens[token.value] = token
    return token


@method("oauth.v2.access", token="none")
def oauth(world: World, _caller: Caller, arguments: Arguments) -> Json:
    """authentication/installing-with-oauth: the code counts once."""
    if arguments.text("client_id") != world.client_id:
        raise Refused("invalid_client_id")
    if arguments.text("client_secret") != world.client_secret:
        raise Refused("bad_client_secret")
    code = arguments.text("code")
    grant = world.codes.get(code)
    if grant is None:
        raise Refused("invalid_code")
    if grant.redirect_uri != arguments.text("redirect_uri"):
        raise Refused("bad_redirect_uri")
    del world.codes[code]
    team, scope = world.teams[grant.team_id], ",".join(sorted(grant.scopes))
    token = install(world, team, set(grant.scopes))
    return {
        "access_token": token.value, "token_type": "bot", "scope": scope, "bot_user_id": team.bot_user,
        "app_id": world.app_id, "team": {"name": team.name, "id": team.id}, "enterprise": None,
        "authed_user": {"id": grant.user}, "is_enterprise_install": False,
    }  # fmt: skip


def _seen(world: World, caller: Caller, user: str) -> Json:
    """A user of the team, or a stranger who shares a channel with it."""
    found = world.users.get(user)
    if found is None:
        raise Refused("user_not_found")
    shared = any(user in c.members and caller.team.id in (c.team_id, *c.shared_with) for c in world.channels.values())
    if found.team_id != caller.team.id and not shared:
        raise Refused("user_not_found")
    return shapes.user(found, caller.team.id)


@method("users.info", "users:read")
def user_info(world: World, caller: Caller, arguments: Arguments) -> Json:
    told = (
        {"locale": world.users[arguments.required("user")].locale} if arguments.text("include_locale") == "true" else {}
    )
    return {"user": _seen(world, caller, arguments.required("user")) | told}


@method("users.list", "users:read")
def users(world: World, caller: Caller, arguments: Arguments) -> Json:
    ours = [shapes.user(one, caller.team.id) for one in world.users.values() if one.team_id == caller.team.id]
    rows, cursor = page(world, arguments, ours, 1000, 1000)
    return {"members": rows, "cache_ts": int(world.now()), "response_metadata": {"next_cursor": cursor}}


@method("team.info", "team:read")
def team_info(world: World, caller: Caller, arguments: Arguments) -> Json:
    team = world.teams.get(arguments.text("team") or caller.team.id)
    if team is None:
        raise Refused("team_not_found")
    return {
        "team": {
            "id": team.id,
            "name": team.name,
            "domain": team.name.lower(),
            "email_domain": "",
            "icon": {"image_default": True},
        }
    }


@method("bots.info", "users:read")
def bot_info(world: World, _caller: Caller, arguments: Arguments) -> Json:
    for one in world.users.values():
        if one.bot_id and one.bot_id == arguments.text("bot"):
            icons = {"image_36": "https://a.slack-edge.com/bot_36.png"}
            ours = one.id in {team.bot_user for team in world.teams.values()}
            app = {"app_id": world.app_id} if ours else {"app_id": "A0ALERTS"}
            body = {
                "id": one.bot_id,
                "deleted": False,
                "name": one.name,
                "updated": 1,
                "user_id": one.id,
                "icons": icons,
            }
            return {"bot": body | app}
    raise Refused("bot_not_found")


@method("usergroups.list", "usergroups:read")
def groups(world: World, caller: Caller, arguments: Arguments) -> Json:
    rows = [one for one in world.groups.values() if one["team_id"] == caller.team.id]
    hide = () if arguments.flag("include_users") else ("users",)
    if not arguments.flag("include_disabled"):
        rows = [one for one in rows if not one["date_delete"]]
    return {"usergroups": [{k: v for k, v in one.items() if k not in hide} for one in rows]}


@method("usergroups.users.list", "usergroups:read")
def group_users(world: World, _caller: Caller, arguments: Arguments) -> Json:
    found = world.groups.get(arguments.required("usergroup"))
    if found is None:
        raise Refused("no_such_subteam")
    return {"users": found["users"]}


@method("files.info", "files:read")
def file_info(world: World, _caller: Caller, arguments: Arguments) -> Json:
    found = world.files.get(arguments.required("file"))
    if found is None:
        raise Refused("file_not_found")
    return {"file": found, "comments": [], "response_metadata": {"next_cursor": ""}}


@method("emoji.list", "emoji:read")
def emoji_list(world: World, _caller: Caller, _arguments: Arguments) -> Json:
    return {"emoji": {one: f"https://emoji.slack-edge.com/{one}.png" for one in sorted(world.emoji)}, "cache_ts": "1"}
