"""views.*: modals and App Home. Errors: reference/methods/views.open and its neighbours."""

import hashlib
import json

from tests.servers.slack_parts.blocks import IN_VIEWS, complaints, length, text_object, with_ids
from tests.servers.slack_parts.calls import Arguments, Caller, invalid, method
from tests.servers.slack_parts.world import Json, Refused, Team, View, World

VIEW_BYTES = 250_000
MOST_PUSHED = 3  # views in a stack: surfaces/modals


def view_complaints(view: object) -> list[str]:
    """reference/views: title, submit and close 24; callback_id 255; private_metadata 3,000; 100 blocks."""
    if not isinstance(view, dict) or view.get("type") not in {"modal", "home"}:
        return ["[ERROR] must be a valid enum value [json-pointer:/view/type]"]
    found = [*length(view, "callback_id", "/view", 255), *length(view, "private_metadata", "/view", 3000)]
    found += length(view, "external_id", "/view", 255)
    found += complaints(view.get("blocks"), 100, IN_VIEWS, "/view/blocks")
    if view["type"] == "modal":
        found += text_object(view.get("title"), "/view/title", 24, ("plain_text",))
        for name in ("submit", "close"):
            if view.get(name) is not None:
                found += text_object(view[name], f"/view/{name}", 24, ("plain_text",))
        blocks = view["blocks"] if isinstance(view.get("blocks"), list) else []
        if view.get("submit") is None and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks):
            found.append("submit is required when an input block is within the blocks array [json-pointer:/view]")
    return [f"[ERROR] {one}" for one in found]


def _wanted(arguments: Arguments, kind: str) -> Json:
    view = arguments.structure("view", "invalid_arguments")
    if view is None:
        raise invalid("[ERROR] missing required field: view")
    if wrong := view_complaints(view):
        raise invalid(*wrong)
    if view["type"] != kind:
        raise invalid(f"[ERROR] must be a {kind} [json-pointer:/view/type]")
    if len(json.dumps(view)) > VIEW_BYTES:
        raise Refused("view_too_large")
    body: Json = view
    return body


def _user_of_trigger(world: World, arguments: Arguments) -> str:
    """A trigger counts once, for three seconds: interactivity/handling-user-interaction."""
    trigger = world.triggers.get(arguments.required("trigger_id"))
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if trigger.expires < world.now():
        raise Refused("expired_trigger_id")
    trigger.used = True
    return trigger.user


def shaped(world: World, place: Json, view: Json) -> Json:
    """A view as answers and payloads carry it; place says where in which stack of views it is.

    reference/interaction-payloads/view-interactions-payload.
    """
    blocks = [_named_input(world, one) for one in with_ids(view["blocks"], world.id)]
    texts = {k: view.get(k) if view["type"] == "modal" else None for k in ("title", "submit", "close")}
    digest = hashlib.sha256(json.dumps(blocks).encode()).hexdigest()[:8]
    return {
        "type": view["type"], "blocks": blocks, "private_metadata": view.get("private_metadata", ""),
        "callback_id": view.get("callback_id", ""), "state": {"values": {}}, "hash": f"{world.ts()}.{digest}",
        "clear_on_close": view.get("clear_on_close", False), "notify_on_close": view.get("notify_on_close", False),
        "external_id": view.get("external_id", ""), "app_id": world.app_id, **texts, **place,
    }  # fmt: skip


def _named_input(world: World, block: Json) -> Json:
    element = block.get("element")
    if element is None:
        return block
    return {**block, "element": {**element, "action_id": element.get("action_id") or world.id("a")}}


def _place(team: Team, view_id: str, over: View | None) -> Json:
    """Which view it is, and the one below it."""
    root, previous = (over.body["root_view_id"], over.body["id"]) if over else (view_id, None)
    return {
        "id": view_id, "root_view_id": root, "previous_view_id": previous, "team_id": team.id,
        "app_installed_team_id": team.id, "bot_id": team.bot_id,
    }  # fmt: skip


def _taken(world: World, external_id: str) -> bool:
    return any(v.open and v.body["external_id"] == external_id for v in world.views.values())


@method("views.open", json=True)
def opened(world: World, caller: Caller, arguments: Arguments) -> Json:
    view = _wanted(arguments, "modal")
    if view.get("external_id") and _taken(world, view["external_id"]):
        raise Refused("duplicate_external_id")
    user = _user_of_trigger(world, arguments)
    return {"view": show(world, caller.team, user, view)}


def show(world: World, team: Team, user: str, view: Json, over: View | None = None) -> Json:
    """Open a view for a user, over another one when it is pushed."""
    new = world.id("V")
    body = shaped(world, _place(team, new, over), view)
    world.views[new] = View(body=body, user=user, team_id=team.id)
    return body


@method("views.push", json=True)
def pushed(world: World, caller: Caller, arguments: Arguments) -> Json:
    view = _wanted(arguments, "modal")
    user = _user_of_trigger(world, arguments)
    stack = [one for one in world.views.values() if one.open and one.user == user]
    if not stack:
        raise Refused("invalid_trigger_id")
    if len(stack) >= MOST_PUSHED:
        raise Refused("push_limit_reached")
    return {"view": show(world, caller.team, user, view, stack[-1])}


def find(world: World, arguments: Arguments) -> View:
    for one in world.views.values():
        by_id = arguments.text("view_id") == one.body["id"]
        by_external = bool(arguments.text("external_id")) and arguments.text("external_id") == one.body["external_id"]
        if (by_id or by_external) and one.open:
            return one
    raise Refused("not_found")


PLACE = ("id", "root_view_id", "previous_view_id", "team_id", "app_installed_team_id", "bot_id")


def replace(world: World, found: View, view: Json) -> Json:
    """Show another view in the place of one."""
    found.body = shaped(world, {name: found.body[name] for name in PLACE}, view)
    return found.body


@method("views.update", json=True)
def updated(world: World, _caller: Caller, arguments: Arguments) -> Json:
    view = _wanted(arguments, "modal")
    found = find(world, arguments)
    if arguments.text("hash") and arguments.text("hash") != found.body["hash"]:
        raise Refused("hash_conflict")
    return {"view": replace(world, found, view)}


@method("views.publish", json=True)
def published(world: World, caller: Caller, arguments: Arguments) -> Json:
    user = arguments.required("user_id")
    view = _wanted(arguments, "home")
    if user not in world.users:
        raise invalid("[ERROR] invalid `user_id`")
    old = world.homes.get(user)
    if old is None:
        new = world.id("V")
        body = shaped(world, _place(caller.team, new, None), view)
        world.homes[user] = View(body=body, user=user, team_id=caller.team.id)
        return {"view": body}
    if arguments.text("hash") and arguments.text("hash") != old.body["hash"]:
        raise Refused("hash_conflict")
    return {"view": replace(world, old, view)}
