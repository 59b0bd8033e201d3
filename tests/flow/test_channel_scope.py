"""A channel whose examples say what it is for: on the whole engine, with a clock moved by hand."""

import json
from pathlib import Path

from tests.fakes.world import ENTRY, QUESTION, world
from vigil_bot.model.decision import Reason

BUSINESS = [
    "payments returns 503 since the certificate was renewed",
    "how do I restart the deployment of payments?",
    "the sidecar caches an old certificate, what do I do?",
    "which certificate does the payments pod use after renewal?",
]
TALK = [
    "how do I get a refund for the train ticket?",
    "which restaurant do you like near the office?",
    "who has seen my blue umbrella?",
    "what do I do with the old chairs on the third floor?",
]


def policy_file(folder: Path) -> Path:
    """Write examples, each in five variations, and a policy that names them."""
    told = [(text, label) for texts, label in ((BUSINESS, "in_scope"), (TALK, "reject")) for text in texts]
    lines = [json.dumps({"text": f"{text} ({n})", "label": label}) for text, label in told for n in range(5)]
    (folder / "scope.jsonl").write_text("\n".join(lines))
    (folder / "policy.toml").write_text('[default]\nscope = "scope.jsonl"\n')
    return folder / "policy.toml"


async def test_what_a_channel_is_for_is_answered_and_the_rest_is_left_to_people(tmp_path: Path) -> None:
    async with world(policy_file=policy_file(tmp_path)) as here:
        await here.know(ENTRY)
        asked = await here.say(QUESTION)
        other = await here.say("who knows a nice restaurant for the team, near the office?")
        await here.wait(60)

        assert here.cards(asked.conversation.thread_id or "")
        assert not here.cards(other.conversation.thread_id or "")
        receipt = await here.receipt(other)
        assert receipt.decision.reason is Reason.OUT_OF_SCOPE
        assert "It is not what this channel is for" in str(await here.command(f"/vigil why {other.id}"))


async def test_what_is_put_to_the_bot_itself_is_looked_up_whatever_it_is_about(tmp_path: Path) -> None:
    async with world(policy_file=policy_file(tmp_path)) as here:
        await here.know(ENTRY)
        asked = await here.say("@vigil what do I do with the old chairs on the third floor?", mentions_us=True)
        await here.wait(60)
        assert (await here.receipt(asked)).decision.reason is Reason.BELOW_THRESHOLD
