"""What people do with cards and with the bot's menu.

.../feishu-cards/card-callback-communication: the app has 3 s to answer with a toast and a new card.
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.servers.lark_parts import shapes
from tests.servers.lark_parts.cards import check_card, submits, walk
from tests.servers.lark_parts.delivery import Delivery
from tests.servers.lark_parts.messages import change
from tests.servers.lark_parts.properties import FORM_INPUTS
from tests.servers.lark_parts.thread import Home, act, wait
from tests.servers.lark_parts.world import Json, Message, Pressed, World, new_id

CLICK = "card.action.trigger"
DEFAULTS = ("default_value", "initial_option", "selected_values", "initial_date", "initial_time", "initial_datetime")


class Hands:
    world: World
    home: Home
    delivery: Delivery

    @wait
    async def press(
        self, message: str, user: str, button: str | Mapping[str, Any], form: Mapping[str, Any] | None = None
    ) -> Json:
        """Press a button and return the app's answer, whose card is shown from then on.

        Args:
            button: Its text, name or element_id, or a part of the value that it carries.
            form: What is filled in, by the names of the fields; the rest has what the card says.
        Raises:
            NoAnswer: If the app did not answer in time.
            AssertionError: If there is no such button, it is disabled, or a required field is empty.
        """
        found, who = self.world.shown(message), self.world.user(user)
        assert found.only_for in ("", who.open_id), f"{user} does not see that card"
        assert who.open_id in self.world.chats[found.chat].members, f"{user} is not in that chat"
        assert not found.recalled, "the card is not there any more"
        card = json.loads(found.content)
        one, inside = _find_button(card, button)
        assert not one.get("disabled"), "the button is disabled"
        action: Json = {"tag": "button", "value": _value(one), "timezone": "Asia/Shanghai"}
        if one.get("name"):
            action["name"] = one["name"]
        if inside is not None and submits(one):
            action["form_value"] = _filled(inside, form or {})
        return await self._act(found, who.open_id, action)

    @wait
    async def choose(self, message: str, user: str, name: str, option: str) -> Json:
        """Choose an option of a menu that stands outside a form."""
        found, who = self.world.shown(message), self.world.user(user)
        one = next(e for e, _ in walk(json.loads(found.content)) if name in (e.get("name"), e.get("element_id")))
        options = [each["value"] for each in one.get("options", [])]
        assert option in options, f"{option} is not among {options}"
        action = {"tag": one["tag"], "value": _value(one), "option": option, "name": name, "timezone": "Asia/Shanghai"}
        return await self._act(found, who.open_id, action)

    async def _act(self, message: Message, open_id: str, action: Json) -> Json:
        token, user = new_id("c-"), self.world.users[open_id]
        self.world.pressed[token] = Pressed(message=message.id, at=self.world.now())
        event = {
            "operator": {"tenant_key": user.tenant_key, **shapes.ids(self.world, user)}, "token": token,
            "action": action, "host": "im_message",
            "context": {"open_message_id": message.id, "open_chat_id": message.chat},
        }  # fmt: skip
        assert CLICK in self.world.app.events, "the app has no callback for cards"
        answer = await self.delivery.ask(CLICK, shapes.envelope(self.world, CLICK, event, new_id("")))
        card = answer.get("card")
        if card:
            assert card.get("type") in ("raw", "template"), f"a card of type {card.get('type')}"
            check_card(card["data"])
            change(self.world, message, json.dumps(card["data"], ensure_ascii=False))
        return answer

    @act
    def menu(self, user: str, key: str) -> None:
        """Choose an entry of the bot's menu: reference/application-v6/bot/events/menu."""
        who = self.world.user(user)
        self.world.direct(who)
        operator = {"operator_name": who.name, "operator_id": shapes.ids(self.world, who)}
        event = {"operator": operator, "event_key": key, "timestamp": int(self.world.now())}
        self.world.tell("application.bot.menu_v6", event)

    @act
    def enter(self, user: str) -> None:
        """Open the chat with the bot."""
        who = self.world.user(user)
        event = {"chat_id": self.world.direct(who).id, "operator_id": shapes.ids(self.world, who)}
        self.world.tell("im.chat.access_event.bot_p2p_chat_entered_v1", event)


def _value(one: Json) -> Any:
    """What the app put into it: behaviors in cards of version 2, value in those of version 1."""
    for behavior in one.get("behaviors", []):
        if behavior["type"] == "callback":
            return behavior.get("value", {})
    return one.get("value", {})


def _find_button(card: Json, wanted: str | Mapping[str, Any]) -> tuple[Json, Json | None]:
    buttons = [(one, form) for one, form in walk(card) if one.get("tag") == "button"]
    for one, form in buttons:
        if isinstance(wanted, str):
            if wanted in (one.get("text", {}).get("content"), one.get("name"), one.get("element_id")):
                return one, form
        elif isinstance(value := _value(one), dict) and wanted.items() <= value.items():
            return one, form
    there = [(one.get("text", {}).get("content"), _value(one)) for one, _ in buttons]
    raise AssertionError(f"no button {wanted} among {there}")


def _filled(form: Json, given: Mapping[str, Any]) -> Json:
    """The fields of a form, as they are sent: what was filled in, or what the card began with."""
    values: Json = {}
    fields = {one["name"]: one for one, _ in walk({"elements": form["elements"]}) if one["tag"] in FORM_INPUTS}
    assert set(given) <= set(fields), f"{set(given) - set(fields)} is not among {set(fields)}"
    for name, one in fields.items():
        value = given.get(name, next((one[key] for key in DEFAULTS if key in one), ""))
        assert value or not one.get("required"), f"{name} must be filled in"
        most = one.get("max_length", 1000)
        assert not isinstance(value, str) or len(value) <= most, f"{name} takes {most} characters"
        values[name] = value
    return values
