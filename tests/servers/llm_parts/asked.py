"""What a fake model is asked."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request for a chat completion."""

    body: Json
    key: str
    closing: asyncio.Event = field(repr=False)

    @property
    def system(self) -> str:
        return str(self.body["messages"][0]["content"])

    @property
    def user(self) -> str:
        content = self.body["messages"][1]["content"]
        return str(content if isinstance(content, str) else content[0]["text"])

    @property
    def data(self) -> Json:
        """The data of a prompt, if it is JSON."""
        try:
            found = json.loads(self.user)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def images(self) -> int:
        content = self.body["messages"][1]["content"]
        return 0 if isinstance(content, str) else len(content) - 1

    @property
    def format(self) -> str:
        """What is asked of the server: json_schema, json_object or text."""
        return str((self.body.get("response_format") or {}).get("type", "text"))

    @property
    def is_repair(self) -> bool:
        return len(self.body["messages"]) > 2

    @property
    def tokens(self) -> int:
        return tokens_in(json.dumps(self.body["messages"], ensure_ascii=False))


def tokens_in(text: str) -> int:
    return max(1, len(text) // 4)
