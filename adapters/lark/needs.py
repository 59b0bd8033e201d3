"""What receiving needs from the rest of this adapter."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Literal, Protocol

from pydantic import JsonValue

from vigil_bot.model.conversation import Message
from vigil_bot.ports.chat import Accept, RunCommand

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]


class Api(Protocol):
    """Lark's REST interface."""

    async def call(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, JsonValue] | None = None,
    ) -> Mapping[str, JsonValue]:
        """Return what Lark answers. Raises PlatformError."""
        ...


class Interactions(Protocol):
    """Answers what people do besides writing."""

    async def on_card_action(self, event: JsonValue) -> JsonValue:
        """Store that a button was pressed, and return what to show for it. Raises VigilError if it is not stored."""
        ...

    async def on_menu(self, event: JsonValue) -> None:
        """Carry out what was chosen in the bot's menu."""
        ...

    async def on_mention(self, message: Message, words: str) -> bool:
        """Carry out the command in words to us; False at once if there is none."""
        ...


Later = Callable[[Coroutine[None, None, None]], None]
"""Do something in the background; what goes wrong there is logged."""

Answering = Callable[[Accept, RunCommand, Later], Interactions]
"""Return what answers people, for a core that is there now."""
