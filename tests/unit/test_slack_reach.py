import pytest

from adapters.slack.payloads import Body, reach_of, reach_told
from vigil_bot.model.policy import Reach


@pytest.mark.parametrize(
    ("body", "event", "reach"),
    [
        ({}, {"channel_type": "channel"}, Reach.OPEN),
        ({}, {"channel_type": "C"}, Reach.OPEN),
        ({}, {"channel_type": "group"}, Reach.PRIVATE),
        ({}, {"channel_type": "im"}, Reach.PRIVATE),
        ({"is_ext_shared_channel": True}, {"channel_type": "channel"}, Reach.SHARED),
        ({"is_ext_shared_channel": True}, {}, Reach.SHARED),
        ({"is_ext_shared_channel": False}, {}, None),
    ],
)
def test_an_event_tells_who_reads_in_its_channel(body: Body, event: Body, reach: Reach | None) -> None:
    assert reach_told(body, event) is reach


@pytest.mark.parametrize(
    ("channel", "reach"),
    [
        ({"id": "C1", "is_private": False}, Reach.OPEN),
        ({"id": "C1", "is_private": True}, Reach.PRIVATE),
        ({"id": "D1", "is_im": True}, Reach.PRIVATE),
        ({"id": "C1", "is_private": True, "is_ext_shared": True}, Reach.SHARED),
    ],
)
def test_a_channel_tells_who_reads_in_it(channel: Body, reach: Reach) -> None:
    assert reach_of(channel) is reach
