"""Refuses blocks, attachments and views that Slack refuses: reference/block-kit, one rule after another.

Pure: each function gives the complaints, in Slack's form "... [json-pointer:/blocks/0/text]".
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.servers.slack_parts.world import Json

Complaints = Iterator[str]
IN_MESSAGES = {
    *("actions", "context", "context_actions", "divider", "file", "header", "image", "markdown"),
    *("rich_text", "section", "table", "video"),
}
IN_VIEWS = {"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "video"}
BUTTONS_AND_MENUS = {
    *("button", "checkboxes", "datepicker", "datetimepicker", "multi_channels_select", "multi_conversations_select"),
    *("multi_external_select", "multi_static_select", "multi_users_select", "overflow", "radio_buttons"),
    *("channels_select", "conversations_select", "external_select", "static_select", "users_select", "timepicker"),
    "workflow_button",
}
IN_ACTIONS = BUTTONS_AND_MENUS
IN_SECTIONS = BUTTONS_AND_MENUS | {"image"}
IN_INPUTS = (BUTTONS_AND_MENUS - {"button", "overflow", "workflow_button"}) | {
    *("plain_text_input", "email_text_input", "url_text_input", "number_text_input", "rich_text_input", "file_input"),
}


def text_object(value: Any, at: str, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Complaints:
    """reference/block-kit/composition-objects/text-object: 1 to 3,000 characters, less where the holder says so."""
    if not isinstance(value, dict):
        yield f"must be an object [json-pointer:{at}]"
        return
    if value.get("type") not in kinds:
        yield f"unsupported type: {value.get('type')} [json-pointer:{at}/type]"
    text = value.get("text")
    if not isinstance(text, str) or not text:
        yield f"must be more than 0 characters [json-pointer:{at}/text]"
    elif len(text) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{at}/text]"
    if value.get("type") == "mrkdwn" and "emoji" in value:
        yield f"emoji is only for plain_text [json-pointer:{at}/emoji]"


def length(holder: Json, name: str, at: str, most: int, *, required: bool = False) -> Complaints:
    """A plain string that may not be longer than so many characters."""
    value = holder.get(name)
    if value is None:
        if required:
            yield f"missing required field: {name} [json-pointer:{at}]"
    elif not isinstance(value, str):
        yield f"must be a string [json-pointer:{at}/{name}]"
    elif len(value) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{at}/{name}]"


def items(value: Any, at: str, most: int, least: int = 1) -> Complaints:
    """A list with so many items."""
    if not isinstance(value, list):
        yield f"must be an array [json-pointer:{at}]"
    elif len(value) < least:
        yield f"no fewer than {least} items allowed [json-pointer:{at}]"
    elif len(value) > most:
        yield f"no more than {most} items allowed [json-pointer:{at}]"


def option(one: Any, at: str) -> Complaints:
    """reference/block-kit/composition-objects/option-object: text 75, value 150, description 75."""
    if not isinstance(one, dict):
        yield f"must be an object [json-pointer:{at}]"
        return
    yield from text_object(one.get("text"), f"{at}/text", 75)
    yield from length(one, "value", at, 150, required=True)
    if "description" in one:
        yield from text_object(one["description"], f"{at}/description", 75)


def confirm(one: Json, at: str) -> Complaints:
    """reference/block-kit/composition-objects/confirmation-dialog-object."""
    for name, most in (("title", 100), ("confirm", 30), ("deny", 30)):
        yield from text_object(one.get(name), f"{at}/{name}", most, ("plain_text",))
    yield from text_object(one.get("text"), f"{at}/text", 300)


def element(one: Any, at: str, allowed: set[str]) -> Complaints:
    """An interactive element or an image: reference/block-kit/block-elements."""
    kind = one.get("type") if isinstance(one, dict) else None
    if kind not in allowed:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from length(one, "action_id", at, 255)
    if "confirm" in one:
        yield from confirm(one["confirm"], f"{at}/confirm")
    if "placeholder" in one:
        yield from text_object(one["placeholder"], f"{at}/placeholder", 150, ("plain_text",))
    if kind == "button":
        yield from button(one, at)
    elif kind == "image":
        yield from image(one, at)
    elif kind in {"static_select", "multi_static_select"}:
        yield from select(one, at)
    elif kind in {"overflow", "radio_buttons", "checkboxes"}:
        most = 5 if kind == "overflow" else 10
        yield from items(one.get("options"), f"{at}/options", most)
        yield from options(one.get("options"), f"{at}/options")
    elif kind == "plain_text_input":
        yield from text_input(one, at)


def button(one: Json, at: str) -> Complaints:
    """reference/block-kit/block-elements/button-element: text 75, value 2,000, url 3,000, style."""
    yield from text_object(one.get("text"), f"{at}/text", 75, ("plain_text",))
    yield from length(one, "value", at, 2000)
    yield from length(one, "url", at, 3000)
    yield from length(one, "accessibility_label", at, 75)
    if one.get("style", "primary") not in {"primary", "danger"}:
        yield f"must be a valid enum value [json-pointer:{at}/style]"


def image(one: Json, at: str) -> Complaints:
    """image_url or slack_file, and alt_text of 2,000 characters: block-elements/image-element, blocks/image-block."""
    yield from length(one, "alt_text", at, 2000, required=True)
    yield from length(one, "image_url", at, 3000, required="slack_file" not in one)


def options(value: Any, at: str) -> Complaints:
    for index, one in enumerate(value if isinstance(value, list) else []):
        yield from option(one, f"{at}/{index}")


def select(one: Json, at: str) -> Complaints:
    """reference/block-kit/block-elements/select-menu-element: 100 options, or 100 groups."""
    if "option_groups" in one:
        yield from items(one["option_groups"], f"{at}/option_groups", 100)
        for index, group in enumerate(one["option_groups"]):
            yield from text_object(group.get("label"), f"{at}/option_groups/{index}/label", 75, ("plain_text",))
            yield from items(group.get("options"), f"{at}/option_groups/{index}/options", 100)
            yield from options(group.get("options"), f"{at}/option_groups/{index}/options")
        return
    yield from items(one.get("options"), f"{at}/options", 100)
    yield from options(one.get("options"), f"{at}/options")
    chosen = one.get("initial_option")
    if chosen is not None and chosen not in (one.get("options") or []):
        yield f"initial_option must be one of the options [json-pointer:{at}/initial_option]"


def text_input(one: Json, at: str) -> Complaints:
    """reference/block-kit/block-elements/plain-text-input-element: at most 3,000 characters."""
    if not 0 <= int(one.get("min_length", 0)) <= 3000:
        yield f"must be between 0 and 3000 [json-pointer:{at}/min_length]"
    if not 1 <= int(one.get("max_length", 3000)) <= 3000:
        yield f"must be between 1 and 3000 [json-pointer:{at}/max_length]"
    yield from length(one, "initial_value", at, int(one.get("max_length", 3000)))


def section(block: Json, at: str) -> Complaints:
    """blocks/section-block: text 3,000; up to 10 fields of 2,000; one accessory."""
    fields = block.get("fields")
    if "text" in block or fields is None:
        yield from text_object(block.get("text"), f"{at}/text", 3000)
    if fields is not None:
        yield from items(fields, f"{at}/fields", 10)
        for index, one in enumerate(fields if isinstance(fields, list) else []):
            yield from text_object(one, f"{at}/fields/{index}", 2000)
    if "accessory" in block:
        yield from element(block["accessory"], f"{at}/accessory", IN_SECTIONS)


def actions(block: Json, at: str) -> Complaints:
    """blocks/actions-block: up to 25 elements."""
    yield from items(block.get("elements"), f"{at}/elements", 25)
    for index, one in enumerate(block.get("elements") or []):
        yield from element(one, f"{at}/elements/{index}", IN_ACTIONS)


def context(block: Json, at: str) -> Complaints:
    """blocks/context-block: up to 10 images and texts."""
    yield from items(block.get("elements"), f"{at}/elements", 10)
    for index, one in enumerate(block.get("elements") or []):
        where = f"{at}/elements/{index}"
        if isinstance(one, dict) and one.get("type") == "image":
            yield from image(one, where)
        else:
            yield from text_object(one, where, 3000)


def input_block(block: Json, at: str) -> Complaints:
    """blocks/input-block: label and hint 2,000, one element."""
    yield from text_object(block.get("label"), f"{at}/label", 2000, ("plain_text",))
    if "hint" in block:
        yield from text_object(block["hint"], f"{at}/hint", 2000, ("plain_text",))
    yield from element(block.get("element"), f"{at}/element", IN_INPUTS)


def header(block: Json, at: str) -> Complaints:
    """blocks/header-block: plain text of 150 characters."""
    yield from text_object(block.get("text"), f"{at}/text", 150, ("plain_text",))


def image_block(block: Json, at: str) -> Complaints:
    """blocks/image-block: as the element, with a title of 2,000 characters."""
    yield from image(block, at)
    if "title" in block:
        yield from text_object(block["title"], f"{at}/title", 2000, ("plain_text",))


def markdown(block: Json, at: str) -> Complaints:
    """blocks/markdown-block: 12,000 characters in all such blocks of a message."""
    yield from length(block, "text", at, 12_000, required=True)


def rich_text(block: Json, at: str) -> Complaints:
    """blocks/rich-text-block: it has elements."""
    yield from items(block.get("elements"), f"{at}/elements", 1000, 0)


RULES: dict[str, Callable[[Json, str], Complaints]] = {
    "section": section,
    "actions": actions,
    "context": context,
    "header": header,
    "input": input_block,
    "image": image_block,
    "markdown": markdown,
    "rich_text": rich_text,
}


def one_block(block: Any, at: str, allowed: set[str]) -> Complaints:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in allowed:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from length(block, "block_id", at, 255)
    if kind in RULES:
        yield from RULES[kind](block, at)


def elements_of(block: Json) -> list[Json]:
    """The interactive elements of a block."""
    found = [*(block.get("elements") or []), block.get("accessory"), block.get("element")]
    return [one for one in found if isinstance(one, dict)]


def duplicates(blocks: list[Any]) -> Complaints:
    """block_id must be unique in a message or view, action_id in its block: block-kit/blocks, block-elements."""
    ids = Counter(b["block_id"] for b in blocks if isinstance(b, dict) and isinstance(b.get("block_id"), str))
    yield from (f"`block_id` {one} already exists" for one, count in ids.items() if count > 1)
    for index, block in enumerate(blocks):
        if isinstance(block, dict) and block.get("type") == "actions":
            seen = Counter(str(e["action_id"]) for e in elements_of(block) if "action_id" in e)
            for one, count in seen.items():
                if count > 1:
                    yield f'`action_id` "{one}" already exists [json-pointer:/blocks/{index}/elements]'


def complaints(blocks: Any, most: int = 50, allowed: set[str] = IN_MESSAGES, at: str = "/blocks") -> list[str]:
    """What is wrong with a list of blocks: 50 in a message, 100 in a view (reference/block-kit/blocks)."""
    if not isinstance(blocks, list):
        return [f"must be an array [json-pointer:{at}]"]
    found = list(items(blocks, at, most, 0))
    for index, block in enumerate(blocks):
        found += one_block(block, f"{at}/{index}", allowed)
    found += duplicates(blocks)
    markdown = sum(len(b.get("text") or "") for b in blocks if isinstance(b, dict) and b.get("type") == "markdown")
    if markdown > 12_000:
        found.append(f"markdown blocks together have more than 12000 characters [json-pointer:{at}]")
    return found


def with_ids(blocks: list[Json], new_id: Any) -> list[Json]:
    """Slack names the blocks and elements that have no name."""
    named = []
    for block in blocks:
        one = {**block, "block_id": block.get("block_id") or new_id("b")}
        if isinstance(one.get("elements"), list) and one["type"] == "actions":
            one["elements"] = [{**e, "action_id": e.get("action_id") or new_id("a")} for e in one["elements"]]
        if isinstance(one.get("accessory"), dict) and one["accessory"].get("type") != "image":
            one["accessory"] = {**one["accessory"], "action_id": one["accessory"].get("action_id") or new_id("a")}
        named.append(one)
    return named
