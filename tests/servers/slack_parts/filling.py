"""Elements of blocks as a person finds them and fills them in, and what the state says then."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.servers.slack_parts.blocks import elements_of
from tests.servers.slack_parts.world import Json


def _choices(element: Json) -> Iterator[Json]:
    yield from element.get("options", [])
    for group in element.get("option_groups", []):
        yield from group["options"]


def _called(element: Json) -> tuple[Any, Any, Any]:
    """What an element may be called by: its action_id, its label, its value."""
    text = element.get("text")
    return element.get("action_id"), text.get("text") if isinstance(text, dict) else None, element.get("value")


def find_element(blocks: list[Json], action: str) -> tuple[Json, Json]:
    """The element with an action_id, or else with a label, or with a value."""
    for rank in range(3):
        for block in blocks:
            for one in elements_of(block):
                if _called(one)[rank] == action:
                    return block, one
    raise AssertionError(f"nothing to press is called {action!r}")


def option(element: Json, chosen: str) -> Json:
    """An option by its value or its label."""
    for one in _choices(element):
        if chosen in (one["value"], one["text"]["text"]):
            return one
    raise AssertionError(f"no option {chosen!r}")


def acted(block: Json, element: Json, chosen: str | None, ts: str) -> Json:
    """One entry of actions in a block_actions payload."""
    entry: Json = {
        "type": element["type"],
        "action_id": element.get("action_id", ""),
        "block_id": block["block_id"],
        "action_ts": ts,
    }
    if element["type"] == "button":
        return entry | {k: element[k] for k in ("text", "value", "style", "url") if k in element}
    return entry | value_of(element, chosen)


FIELDS = {  # element -> (what it holds, where that stands in the element when nobody touched it)
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
}


def value_of(element: Json, given: Any) -> Json:
    """What the state says of an element that somebody filled in: reference/interaction-payloads/view-interactions-payload."""
    name, initial = FIELDS.get(element["type"], ("value", "initial_value"))
    if given is None:
        return {name: element.get(initial, [] if name.endswith("s") else None)}
    if name == "selected_option":
        return {name: option(element, given)}
    if name == "selected_options":
        return {name: [option(element, one) for one in given]}
    return {name: given}


def state_of(view: Json, values: Mapping[str, Any]) -> Json:
    """view.state.values: for each block with something to fill in, by block_id and action_id."""
    state: Json = {}
    used = set()
    for block in view["blocks"]:
        for one in elements_of(block):
            if "action_id" not in one or one["type"] in {"button", "overflow", "image"}:
                continue
            name = next((n for n in (one["action_id"], block["block_id"]) if n in values), None)
            used.add(name)
            entry = {"type": one["type"], **value_of(one, values[name] if name else None)}
            state.setdefault(block["block_id"], {})[one["action_id"]] = entry
    unknown = set(values) - used
    assert not unknown, f"nothing in the view is called {unknown}"
    return state


def filled(block: Json, state: Json) -> bool:
    values = state[block["block_id"]][block["element"]["action_id"]]
    return (
        any(v not in (None, "", []) for k, v in values.items() if k != "type")
        or block["element"]["type"] == "checkboxes"
    )
