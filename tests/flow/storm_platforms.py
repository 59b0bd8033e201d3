"""What platforms do in a storm: they lose connections, deliver twice, late, in another order and under other ids, and fail calls."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from tests.servers.lark import FakeLark
from tests.servers.lark import Sent as LarkSent
from tests.servers.slack import FakeSlack
from tests.servers.slack import Sent as SlackSent

How = Literal["accept_then_close", "accept_then_hang", "status", "close", "slow"]
CALLS_FAIL: tuple[tuple[str, How, float], ...] = (
    ("done, and the connection cut", "accept_then_close", 0.0),
    ("done, and never answered", "accept_then_hang", 0.0),  # until the caller loses patience
    ("refused for now", "status", 0.0),
    ("cut before it was done", "close", 0.0),
    ("slow", "slow", 0.5),
)
SLACK_CALLS = (*("chat.postMessage",) * 4, "chat.update", "chat.delete", "chat.postEphemeral", "conversations.replies")
LARK_CALLS = (*(("POST", "/reply"),) * 4, ("PATCH", "/im/v1/messages"), ("DELETE", "/im/v1/messages"))
RECENT = 50  # events, of which some are delivered again
MOST_AGAIN = 5  # times that an event is delivered again
OLD = 100  # events of each platform that are delivered again hours later
T = TypeVar("T")


@dataclass(kw_only=True)
class Platforms:
    """Slack and Lark at their worst, and how often they did what."""

    slack: FakeSlack
    lark: FakeLark
    dice: random.Random
    counts: Counter[str]

    async def rage(self, done: asyncio.Event) -> None:
        """Break connections, calls and deliveries until done."""
        breaks = (self._fail_calls, self._fail_calls, self._cut, self._ask_to_go, self._hold, self._hold)
        repeats = (self._redeliver, self._redeliver, self._twin, self._drop_acknowledgements)
        works: Sequence[Callable[[], Coroutine[None, None, None]]] = (*breaks, *repeats, *(self._nothing,) * 6)
        while not done.is_set():
            await asyncio.sleep(self.dice.uniform(0.02, 0.25))
            await self.dice.choice(works)()

    def deliver_late(self) -> None:
        """Deliver old events again, some several times."""
        for slack in self._some(self._slack_events(), OLD):
            self._again(slack, "delivered again hours later")
        for lark in self._some(self.lark.log(), OLD):
            self._again(lark, "delivered again hours later")

    async def reconnect(self) -> None:
        """Have the program connect anew, as the platforms do when they are deployed; nothing fails from then on."""
        self._count_failed()
        self.slack.faults.planned.clear()
        self.lark.faults.planned.clear()
        slack, lark = self.slack.delivery.opened + 1, self.lark.delivery.opened + 1
        await self.slack.hang_up()
        await self.lark.hang_up()
        await self.slack.delivery.has_opened(slack, 60)
        await self.lark.opened(lark, 60)

    def count_attempts(self) -> None:
        """Count what the platforms have on record of deliveries that failed."""
        names = {"timeout": "acknowledgements too late", "connection_failed": "deliveries cut off"}
        delivered: list[SlackSent | LarkSent] = [*self.slack.delivery.log, *self.lark.log()]
        for sent in delivered:
            self.counts.update(names.get(why, f"deliveries failed: {why}") for why in sent.attempts if why)
            self.counts["events given up by a platform"] += sent.given_up

    async def _nothing(self) -> None:
        pass

    async def _fail_calls(self) -> None:
        """Let the next call of a kind fail, unless it is to fail already."""
        self._count_failed()
        name, how, seconds = self.dice.choice(CALLS_FAIL)
        status, call, (method, path) = (
            self.dice.choice((500, 503)),
            self.dice.choice(SLACK_CALLS),
            self.dice.choice(LARK_CALLS),
        )
        if self.dice.random() < 0.5:
            if not any(one.method == call for one in self.slack.faults.planned):
                self.slack.fail(call, how, seconds=seconds, status=status, error=name)
        elif not any((one.method, one.path) == (method, path) for one in self.lark.faults.planned):
            self.lark.fail(method, path, how, seconds=seconds, status=status, message=name)

    def _count_failed(self) -> None:
        """Count the plans that came true, and forget them."""
        for slack in [one for one in self.slack.faults.planned if not one.times]:
            self.slack.faults.planned.remove(slack)
            self.counts[f"calls {slack.error}"] += 1
        for lark in [one for one in self.lark.faults.planned if not one.times]:
            self.lark.faults.planned.remove(lark)
            self.counts[f"calls {lark.message}"] += 1

    async def _cut(self) -> None:
        fake = self.dice.choice((self.slack, self.lark))
        self.counts["connections cut"] += len(fake.delivery.connections)
        fake.cut()

    async def _ask_to_go(self) -> None:
        slack, lark = len(self.slack.delivery.connections), len(self.lark.delivery.connections)
        works = ((slack, self.slack.disconnect), (slack, self.slack.hang_up), (lark, self.lark.hang_up))
        connections, go = self.dice.choice(works)
        self.counts["connections closed"] += connections
        await go()

    async def _hold(self) -> None:
        """Hold deliveries back for a while, and make them in another order."""
        fake = self.dice.choice((self.slack, self.lark))
        fake.hold()
        await asyncio.sleep(self.dice.uniform(0.1, 0.6))
        if isinstance(fake, FakeSlack):
            fake.delivery.release(self._shuffled)
        else:
            fake.home.run(lambda: fake.delivery.release(self._shuffled))

    def _shuffled(self, held: list[T]) -> list[T]:
        shuffled = self.dice.sample(held, len(held))
        self.counts["deliveries out of order"] += sum(
            one is not other for one, other in zip(held, shuffled, strict=True)
        )
        return shuffled

    async def _redeliver(self) -> None:
        for slack in self._some(self._slack_events()[-RECENT:], 1):
            self._again(slack, "delivered again")
        for lark in self._some(self.lark.log()[-RECENT:], 1):
            self._again(lark, "delivered again")

    def _again(self, sent: SlackSent | LarkSent, name: str) -> None:
        times = self.dice.randint(1, MOST_AGAIN)
        self.counts[name] += times
        for _ in range(times):
            if isinstance(sent, SlackSent):
                self.slack.delivery.again(sent)
            else:
                self.lark.home.run(lambda lark=sent: self.lark.delivery.again(lark))  # type: ignore[misc]

    async def _twin(self) -> None:
        """Deliver an event under another id."""
        for slack in self._some(self._slack_events()[-RECENT:], 1):
            self.slack.twin(slack)
            self.counts["delivered under another id"] += 1
        for lark in self._some([one for one in self.lark.log()[-RECENT:] if one.event_id], 1):
            header = lark.payload["header"] | {"event_id": f"{self.dice.getrandbits(128):032x}"}
            twin = replace(lark, payload=lark.payload | {"header": header})
            self.lark.home.run(lambda twin=twin: self.lark.delivery.again(twin))  # type: ignore[misc]
            self.counts["delivered under another id"] += 1

    async def _drop_acknowledgements(self) -> None:
        """For a moment, every acknowledgement comes too late."""
        fake = self.dice.choice((self.slack, self.lark))
        fake.tune(ack_within_s=0.001)
        await asyncio.sleep(self.dice.uniform(0.1, 0.6))
        fake.tune(ack_within_s=3.0)

    def _slack_events(self) -> list[SlackSent]:
        """What Slack delivers again; a command it delivers once."""
        return [sent for sent in self.slack.delivery.log if sent.kind == "events_api"]

    def _some(self, of: Sequence[T], most: int) -> list[T]:
        return self.dice.sample(of, min(most, len(of)))
