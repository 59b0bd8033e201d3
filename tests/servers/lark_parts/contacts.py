"""contact/v3: people, departments and user groups, below .../reference/contact-v3."""

from tests.servers.lark_parts.api import Asked, invalid_field, no_such, route
from tests.servers.lark_parts.world import Json, Refused, User, World

BASE = ("contact:contact.base:readonly", "contact:contact:readonly_as_app", "contact:contact:readonly")
GROUPS = ("contact:group:readonly", "contact:contact:readonly_as_app", "contact:contact:readonly")
MOST_AT_ONCE = 50


def _person(world: World, user: User) -> Json:
    """A field whose permission is missing is left out: contact-v3/guidelines-for-using-contact-v3 (field permissions)."""
    scopes = world.app.scopes
    person: Json = {"open_id": user.open_id, "union_id": user.union_id}
    if "contact:user.base:readonly" in scopes:
        avatar = {"avatar_72": "https://p3-lark-file.byteimg.com/72.jpg"}
        person |= {"name": user.name, "en_name": "", "avatar": avatar, "avatar_key": "default-avatar"}
    if "contact:user.employee_id:readonly" in scopes:
        person["user_id"] = user.user_id
    if "contact:user.department:readonly" in scopes:
        person["department_ids"] = user.departments or ["0"]
    if "contact:user.employee:readonly" in scopes:
        gone = user.resigned
        person["status"] = {"is_frozen": False, "is_resigned": gone, "is_activated": not gone, "is_exited": gone}
    return person


def _find(asked: Asked, kind: str, reference: str) -> User:
    """People of other companies are out of reach: 41050."""
    for user in asked.world.users.values():
        if getattr(user, kind) == reference:
            if user.external:
                raise Refused(41050, "no user authority error", status=403)
            return user
    if kind == "user_id":
        raise Refused(41012, "user id invalid error")
    raise no_such(kind)


def _kind(asked: Asked, name: str) -> str:
    kind = asked.query.get(name, "open_id")
    if kind not in ("open_id", "union_id", "user_id"):
        raise Refused(40001, "param error")
    return kind


@route("GET", "contact/v3/users/batch", *BASE)
def batch(asked: Asked) -> Json:
    """Who cannot be seen is left out."""
    kind = _kind(asked, "user_id_type")
    wanted = [value for name, value in asked.queries if name == "user_ids"]
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise invalid_field("user_ids", str(len(wanted)), f"from 1 to {MOST_AT_ONCE}")
    found = [u for u in asked.world.users.values() if getattr(u, kind) in wanted and not u.external]
    return {"items": [_person(asked.world, one) for one in found]}


@route("GET", "contact/v3/users/find_by_department", *BASE)
def find_by_department(asked: Asked) -> Json:
    """Those directly in it; 0 is the company."""
    department = _department(asked, asked.need("department_id"))
    found = [u for u in asked.world.users.values() if not u.external and department in (u.departments or ["0"])]
    return asked.page([_person(asked.world, one) for one in found], default=10)


@route("GET", "contact/v3/users/{user_id}", *BASE)
def get(asked: Asked) -> Json:
    return {"user": _person(asked.world, _find(asked, _kind(asked, "user_id_type"), asked.path["user_id"]))}


@route("GET", "contact/v3/departments/{department_id}/children", *BASE)
def children(asked: Asked) -> Json:
    world = asked.world
    top = _department(asked, asked.path["department_id"])
    inside = {top}
    if asked.query.get("fetch_child", "").lower() == "true":
        while more := {one for one, d in world.departments.items() if d["parent"] in inside} - inside:
            inside |= more
    found = [
        {
            "name": one["name"], "open_department_id": key, "department_id": key, "parent_department_id": one["parent"],
            "status": {"is_deleted": False},
        }
        for key, one in world.departments.items()
        if one["parent"] in inside
    ]  # fmt: skip
    return asked.page(found, default=10)


@route("GET", "contact/v3/group/{group_id}/member/simplelist", *GROUPS)
def group_members(asked: Asked) -> Json:
    world = asked.world
    group = world.groups.get(asked.path["group_id"])
    if group is None:
        raise Refused(42009, "user group not exist")
    kind = _kind(asked, "member_id_type")
    members = [
        {"member_id": getattr(world.users[one], kind), "member_type": "user", "member_id_type": kind} for one in group
    ]
    page = asked.page(members if asked.query.get("member_type", "user") == "user" else [], default=50, most=100)
    return {"memberlist": page["items"], "has_more": page["has_more"], "page_token": page["page_token"]}


def _department(asked: Asked, department: str) -> str:
    if department != "0" and department not in asked.world.departments:
        raise Refused(40004, "no dept authority error")
    return department
