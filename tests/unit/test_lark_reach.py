import pytest
from pydantic import JsonValue

from adapters.lark.reach import reach_of
from vigil_bot.model.policy import Reach


@pytest.mark.parametrize(
    ("chat", "reach"),
    [
        ({"chat_mode": "group", "chat_type": "public", "external": False}, Reach.OPEN),
        ({"chat_mode": "topic", "chat_type": "public"}, Reach.OPEN),
        ({"chat_mode": "group", "chat_type": "private", "chat_tag": "tenant"}, Reach.OPEN),
        ({"chat_mode": "group", "chat_type": "private", "chat_tag": "inner"}, Reach.PRIVATE),
        ({"chat_mode": "p2p", "chat_type": "public"}, Reach.PRIVATE),
        ({"chat_mode": "group", "chat_type": "public", "external": True}, Reach.SHARED),
        ({"name": "on call"}, Reach.PRIVATE),
        ("", Reach.PRIVATE),
    ],
)
def test_a_chat_tells_who_reads_in_it(chat: JsonValue, reach: Reach) -> None:
    assert reach_of(chat) is reach
