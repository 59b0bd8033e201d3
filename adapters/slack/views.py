"""Modals and the App Home, of texts that are still to be said to the one who looks; pure.

Source: https://docs.slack.dev/reference/views: 100 blocks, 24 characters a title, 3,000 characters of private metadata.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from adapters.slack.payloads import Body, at
from adapters.slack.render import blocks_of
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Mode
from vigil_bot.texts.text import Text

Json = dict[str, JsonValue]

COMMENT, EDIT, SETTINGS, SHOWN = "vigil_comment", "vigil_edit", "vigil_settings", "vigil_shown"
FIELD = "words"  # block and action id of the one input of a modal
MAX_VIEW_BLOCKS, MAX_VIEW_BYTES = 100, 100_000  # of 250,000
MAX_INPUT_CHARS = 3_000
MAX_METADATA_CHARS = 3_000
_MODES = {
    Mode.OFF: Text("off: I evaluate nothing"),
    Mode.SHADOW: Text("shadow: I decide and record, and post nothing"),
    Mode.PRIVATE: Text("private: analysts see my suggestions, others do not"),
    Mode.ON: Text("on: I post suggestions in the thread"),
}


IN_MODALS = {"settings": Text("Channel settings"), "kb review": Text("Review queue")}  # commands that open a modal


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a modal or the App Home belongs to; Slack keeps it beside the view and gives it back."""

    conversation: ConversationRef
    message_id: str = ""
    value: str = ""
    respond_url: str = ""

    def pack(self) -> str:
        """Return it as text that Slack takes; an address that does not fit is left out."""
        fields = {"c": self.conversation.key, "m": self.message_id, "v": self.value, "r": self.respond_url}
        packed = json.dumps(fields)
        return packed if len(packed) <= MAX_METADATA_CHARS else json.dumps(fields | {"r": ""})[:MAX_METADATA_CHARS]


def origin_of(body: Body) -> Origin | None:
    """Return what the view of an interaction belongs to; None without one of ours."""
    try:
        kept = json.loads(at(body, "view", "private_metadata"))
        conversation = ConversationRef.from_key(at(kept, "c"))
    except ValueError:
        return None
    return Origin(conversation=conversation, message_id=at(kept, "m"), value=at(kept, "v"), respond_url=at(kept, "r"))


def words_in(body: Body) -> str:
    """Return what was typed into the input of a modal, or chosen there."""
    field = ("view", "state", "values", FIELD, FIELD)
    return (at(body, *field, "value") or at(body, *field, "selected_option", "value")).strip()


def modal_title(command: str) -> str:
    """Return the title of the modal that a command opens; empty if it opens none."""
    return next((title for begins, title in IN_MODALS.items() if command.lower().startswith(begins)), "")


def comment_view(origin: Origin) -> Json:
    """Ask what was wrong with a suggestion; the verdict itself is stored already."""
    hint = Text("It is stored with your verdict, and helps to mend the entry.")
    asked = _input(Text("What was wrong, or missing?"), hint=hint)
    return _modal(COMMENT, Text("Not helpful"), [asked], origin, submit=Text("Send"))


def edit_view(origin: Origin, text: str) -> Json:
    """Let an analyst edit a suggestion before it goes to the thread."""
    hint = Text("Everybody in the thread will see it. Left empty, it is sent as it stands.")
    asked = _input(Text("Text for the thread"), hint=hint, initial=text)
    return _modal(EDIT, Text("Send to thread"), [asked], origin, submit=Text("Send"))


def settings_view(card: Card, origin: Origin) -> Json:
    """Show the rules of a channel, and let its mode be chosen; in place of the card's buttons."""
    options: list[JsonValue] = [_option(mode) for mode in Mode]
    select: Json = {"type": "static_select", "action_id": FIELD, "options": options}
    offered = {button.value for button in card.buttons}  # all but the current one
    current = [mode for mode in Mode if f"mode {mode.value}" not in offered]
    if len(current) == 1:
        select["initial_option"] = _option(current[0])
    label = _plain(Text("Mode in this channel"))
    choice: Json = {"type": "input", "block_id": FIELD, "label": label, "element": select}
    blocks = [choice, *blocks_of(replace(card, buttons=()), max_blocks=MAX_VIEW_BLOCKS - 1, max_bytes=MAX_VIEW_BYTES)]
    return _modal(SETTINGS, IN_MODALS["settings"], blocks, origin, submit=Text("Save"))


def card_view(card: Card, origin: Origin, *, title: str = "Vigil") -> Json:
    """Show a card, with its buttons."""
    return _modal(SHOWN, title, blocks_of(card, max_blocks=MAX_VIEW_BLOCKS, max_bytes=MAX_VIEW_BYTES), origin)


def waiting_view(origin: Origin, *, title: str = "Vigil") -> Json:
    """Stand in for what is being made: a modal must be opened within three seconds."""
    return _modal(SHOWN, title, [{"type": "section", "text": _plain(Text("One moment …"))}], origin)


def home_view(card: Card, origin: Origin) -> Json:
    """Show a card as the App Home."""
    blocks = blocks_of(card, max_blocks=MAX_VIEW_BLOCKS, max_bytes=MAX_VIEW_BYTES)
    return {"type": "home", "blocks": blocks, "private_metadata": origin.pack()}


def refusal(why: str) -> Json:
    """Return the answer to a submission that keeps the modal open, and says why below its input."""
    return {"response_action": "errors", "errors": {FIELD: why}}


def instead(view: Json) -> Json:
    """Return the answer to a submission that shows another view in its place."""
    return {"response_action": "update", "view": view}


def _modal(callback_id: str, title: str, blocks: Sequence[JsonValue], origin: Origin, submit: str = "") -> Json:
    made: Json = {
        "type": "modal",
        "callback_id": callback_id,
        "title": _plain(title),
        "close": _plain(Text("Close")),
        "blocks": [*blocks],
        "private_metadata": origin.pack(),
    }
    return made | ({"submit": _plain(submit)} if submit else {})


def _input(label: str, *, hint: str, initial: str = "") -> Json:
    element: Json = {"type": "plain_text_input", "action_id": FIELD, "multiline": True, "max_length": MAX_INPUT_CHARS}
    if initial.strip():
        element["initial_value"] = initial[:MAX_INPUT_CHARS]
    made: Json = {"type": "input", "block_id": FIELD, "optional": True, "label": _plain(label), "element": element}
    return made | {"hint": _plain(hint)}


def _option(mode: Mode) -> Json:
    return {"text": _plain(_MODES[mode]), "value": mode.value}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}
