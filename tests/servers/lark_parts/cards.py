"""Whether a card may be sent, as far as it is known what Lark refuses.

Cards of version 2.0: open.feishu.cn/document/uAjLw4CM/ukzMukzMukzM/feishu-cards/card-json-v2-structure and the components
below .../card-json-v2-components; card-json-v2-breaking-changes-release-notes says that an unknown property is an error,
that update_multi may only be true, and that the components action and note are gone. 300301 (duplicate element_id) and
300305 (element exceeds the limit) stand among the errors of cardkit-v1/card/create. That more than three tables in
markdown are refused with 11310 is experience: github.com/larksuite/openclaw-lark, pull request 65.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.servers.lark_parts.properties import CONTAINERS, FORM_INPUTS, GONE, PROPERTIES, TOP, V1_TAGS, VALUES
from tests.servers.lark_parts.world import Json, Refused

MAX_ELEMENTS, MAX_DEPTH, MAX_TABLES, MAX_WRITTEN_TABLES = 200, 5, 5, 3
ELEMENT_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")
TABLE_LINE = re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|)+(?:\s*:?-{3,}:?\s*)?$", re.MULTILINE)
NOT_A_CARD = "parse card json err, please check whether the card json is correct"
PARSE, DUPLICATE, TOO_MANY, UNSUPPORTED, OLD_LIMIT = 200621, 300301, 300305, 200861, 11310


def bad(message: str, value: object = "", *, code: int = PARSE) -> Refused:
    """The code of the card engine stands in the message: .../im-v1/message/create, 230099."""
    told = f"ErrCode: {code}; ErrMsg: {message}; ErrorValue: {value}; "
    return Refused(230099, f"Failed to create card content, ext={told}")


def check_card(card: Json) -> None:
    """Raises Refused with 230099."""
    if card.get("type") in ("template", "card") and isinstance(card.get("data"), dict):
        return  # what is made elsewhere and named here
    schema = card.get("schema", "1.0")
    if schema not in ("1.0", "2.0"):
        raise bad(NOT_A_CARD, f"schema {schema}")
    (_check_old if schema == "1.0" else _check_new)(card)


def _check_old(card: Json) -> None:
    if "body" in card:
        raise bad(NOT_A_CARD, "body")
    for one in _parts(card, "elements"):
        if one.get("tag") not in V1_TAGS:
            raise bad("unknown tag", one)


def _check_new(card: Json) -> None:
    _only("card", card, TOP["card"])
    for name in ("config", "header", "body"):
        _only(name, _part(card, name), TOP[name])
    if _part(card, "config").get("update_multi", True) is not True:
        raise bad("update_multi must be true in schema 2.0")
    if "header" in card:
        _check_header(_part(card, "header"))
    elements = list(_elements(_part(card, "body"), 1))
    if len(elements) > MAX_ELEMENTS:
        raise bad("element exceeds the limit", len(elements), code=TOO_MANY)
    if _too_many_tables(elements):
        raise bad("card table number over limit", "table", code=OLD_LIMIT)
    ids = [one["element_id"] for one in elements if "element_id" in one]
    for one in ids:
        if not isinstance(one, str) or not ELEMENT_ID.fullmatch(one):
            raise bad("invalid element_id", one)
    if len(ids) != len(set(ids)):
        raise bad("Duplicate element_id in card component", ids, code=DUPLICATE)


def _part(whole: Json, name: str) -> Json:
    """A part that may be missing, but is nothing else than an object."""
    found = whole.get(name, {})
    if not isinstance(found, dict):
        raise bad(NOT_A_CARD, name)
    return found


def _parts(whole: Json, name: str) -> list[Json]:
    found = whole.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise bad(NOT_A_CARD, name)
    if not all(isinstance(one.get("tag", ""), str) for one in found):
        raise bad("unknown tag", name)
    return found


def _one_of(name: str, whole: Json, key: str) -> None:
    if key in whole and whole[key] not in tuple(VALUES[name]):
        raise bad(f"invalid {name}", whole[key])


def _check_header(header: Json) -> None:
    if "title" not in header:
        raise bad("header.title is required")
    for name in ("title", "subtitle"):
        if name in header:
            _check_text(_part(header, name))
    _one_of("template", header, "template")
    for tag in _parts(header, "text_tag_list"):
        if tag.get("tag") != "text_tag":
            raise bad("invalid text_tag", tag)
        _check_text(_part(tag, "text"))


def _elements(whole: Json, depth: int) -> Iterator[Json]:
    """All components, checked one by one."""
    if depth > MAX_DEPTH + 1:
        raise bad("element nesting exceeds the limit", depth, code=TOO_MANY)
    for one in _parts(whole, "elements"):
        _check_element(one)
        yield one
        if one["tag"] == "column_set":
            yield from _columns(one, depth)
        elif one["tag"] in CONTAINERS:
            inside = list(_elements(one, depth + 1))
            if one["tag"] == "form":
                _check_form(one, inside)
            yield from inside


def _columns(one: Json, depth: int) -> Iterator[Json]:
    for column in _parts(one, "columns"):
        if column.get("tag") != "column":
            raise bad("column_set has columns only", column)
        _only("column", column, PROPERTIES["column"])
        yield column
        yield from _elements(column, depth + 1)


def _check_element(one: Json) -> None:
    tag = str(one.get("tag"))
    if tag in GONE:
        raise bad(f"cards of schema V2 no longer support this capability; unsupported tag {tag}", tag, code=UNSUPPORTED)
    if tag not in PROPERTIES or tag == "column":
        raise bad("unknown tag", tag)
    _only(tag, one, PROPERTIES[tag])
    if tag in CHECKS:
        CHECKS[tag](one)
    _check_behaviors(one)


def _check_markdown(one: Json) -> None:
    if not isinstance(one.get("content"), str):
        raise bad("markdown.content is required", one)


def _check_div(one: Json) -> None:
    if "text" in one:
        _check_text(_part(one, "text"))


def _check_image(one: Json) -> None:
    if not one.get("img_key"):
        raise bad("img.img_key is required", one)


def _check_panel(one: Json) -> None:
    _only("collapsible_panel.header", _part(one, "header"), TOP["panel_header"])


def _check_options(one: Json) -> None:
    for option in _parts(one, "options"):
        _check_text(_part(option, "text"))


def _check_button(one: Json) -> None:
    if "text" not in one and "icon" not in one:
        raise bad("button.text is required", one)
    if "text" in one:
        _check_text(_part(one, "text"))
    for name in ("type", "size", "form_action_type"):
        _one_of(f"button.{name}", one, name)


def _check_behaviors(one: Json) -> None:
    for behavior in _parts(one, "behaviors"):
        if behavior.get("type") not in ("callback", "open_url", "form_action"):
            raise bad("invalid behavior", behavior)
        if behavior["type"] == "open_url" and not behavior.get("default_url"):
            raise bad("open_url.default_url is required", behavior)
        if behavior["type"] == "callback" and not isinstance(behavior.get("value", {}), dict | str):
            raise bad("invalid callback value", behavior)


def _check_text(text: Json) -> None:
    if text.get("tag") not in ("plain_text", "lark_md"):
        raise bad("a text has the tag plain_text or lark_md", text)
    if not isinstance(text.get("content"), str) and "i18n_content" not in text:
        raise bad("text.content is required", text)
    _only("text", text, TOP["text"])


def _check_form(form: Json, inside: list[Json]) -> None:
    """.../containers/form-container: names in it are required and unique, and one button sends it off."""
    if not form.get("name"):
        raise bad("form.name is required", form.get("element_id", ""))
    if any(one["tag"] == "form" for one in inside):
        raise bad("a form must not be in a form", form["name"])
    named = [one for one in inside if one["tag"] in FORM_INPUTS or one.get("form_action_type")]
    names = [one.get("name") for one in named]
    if not all(isinstance(one, str) and one for one in names):
        raise bad("name is required in a form", form["name"])
    if len(names) != len(set(names)):
        raise bad("name is not unique in a form", names)
    if not any(submits(one) for one in inside):
        raise bad("a form needs a button that submits it", form["name"])


def submits(one: Json) -> bool:
    return one["tag"] == "button" and one.get("form_action_type") == "submit"


def _too_many_tables(elements: list[Json]) -> bool:
    written = sum(len(TABLE_LINE.findall(one.get("content", ""))) for one in elements if one["tag"] == "markdown")
    return written > MAX_WRITTEN_TABLES or sum(one["tag"] == "table" for one in elements) > MAX_TABLES


def _only(name: str, part: Json, allowed: frozenset[str] | None) -> None:
    unknown = set(part) - allowed if allowed is not None else None
    if unknown:
        raise bad(f"unknown property in {name}", ", ".join(sorted(unknown)))


CHECKS: Mapping[Any, Callable[[Json], None]] = {
    "markdown": _check_markdown,
    "div": _check_div,
    "button": _check_button,
    "img": _check_image,
    "collapsible_panel": _check_panel,
    **dict.fromkeys(("select_static", "multi_select_static", "overflow"), _check_options),
}


def walk(card: Json) -> Iterator[tuple[Json, Json | None]]:
    """Every component of a card of either version, with the form that it is in."""
    yield from _walk(card.get("body", card).get("elements", []), None)


def _walk(found: list[Json], form: Json | None) -> Iterator[tuple[Json, Json | None]]:
    for one in found:
        yield one, form
        inside = [*one.get("elements", []), *one.get("columns", []), *one.get("actions", [])]
        yield from _walk(inside, one if one.get("tag") == "form" else form)
