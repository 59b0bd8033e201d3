"""A language model behind the running program: it drafts and distills; without it the built-in reasoner does."""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.flow.places import CHANNEL, Place, local_place
from tests.flow.program import Program
from tests.servers import llm as fake
from tests.servers.llm import FakeLLM

PROBLEM = "payments pods crash with error PAY-1203 since the certificate rotation, how do we fix it?"
SOLUTION = (
    "The sidecar caches the old certificate. Run `kubectl rollout restart deploy/payments -n pay` to load the new one."
)
AGAIN = "after rotating the cert our payment pods keep crashing with PAY-1203, any idea?"
ENTRY = {"id": "e1", "issue": PROBLEM, "resolution": SOLUTION}


@pytest.fixture
async def llm() -> AsyncIterator[FakeLLM]:
    async with FakeLLM() as served:
        yield served


def settings(llm: FakeLLM, **more: str) -> dict[str, str]:
    return {
        "VIGIL_MODEL_BASE_URL": llm.url,
        "VIGIL_MODEL_API_KEY": "sk-secret",
        "VIGIL_MODEL_NAME": "fake",
        "VIGIL_MODEL_PRICES": "1.0/2.0",
        **more,
    }


async def know(place: Place, folder: Path) -> None:
    file = folder / "entries.jsonl"
    file.write_text(json.dumps(ENTRY))
    code, _, err = await place.program.vigil("kb", "import", str(file))
    assert code == 0, err


async def test_the_model_drafts_and_the_receipt_says_what_it_cost(llm: FakeLLM, tmp_path: Path) -> None:
    async with local_place(tmp_path / "home", **settings(llm)) as place:
        await know(place, tmp_path)
        asked = await place.say("ravi", AGAIN)
        (post,) = await place.program.eventually("a suggestion", lambda: place.suggestions(asked.thread))
        why = await place.command("ravi", asked.thread, f"why {asked.id}")

        assert "rollout restart" in post.text
        assert "model:fake, 1 model call," in why
        assert llm.calls == 1
        assert "sk-secret" not in place.program.log.read_text()


async def test_without_its_model_it_goes_on_with_the_built_in_reasoner(llm: FakeLLM, tmp_path: Path) -> None:
    llm.default = fake.status(500)
    async with local_place(tmp_path / "home", **settings(llm)) as place:
        await know(place, tmp_path)
        asked = await place.say("ravi", AGAIN)
        (post,) = await place.program.eventually("a suggestion", lambda: place.suggestions(asked.thread))

        assert "rollout restart" in post.text
        assert "builtin" in await place.command("ravi", asked.thread, f"why {asked.id}")


async def test_a_spent_budget_asks_the_model_no_more(llm: FakeLLM, tmp_path: Path) -> None:
    async with local_place(tmp_path / "home", **settings(llm, VIGIL_MODEL_DAILY_TOKENS="10")) as place:
        await know(place, tmp_path)
        first = await place.say("ravi", AGAIN)
        await place.program.eventually("a suggestion", lambda: place.suggestions(first.thread))
        await place.program.kill()
        await place.program.start()
        second = await place.say("rosa", AGAIN)
        await place.program.eventually("another", lambda: place.suggestions(second.thread))

        assert llm.calls == 1
        assert "budget" in await place.command("rosa", second.thread, f"why {second.id}")


async def test_the_doctor_looks_at_the_endpoint(llm: FakeLLM, tmp_path: Path) -> None:
    program = Program(tmp_path / "home", **settings(llm))
    _, out, _ = await program.vigil("doctor")
    assert "fake is there" in out

    program = Program(tmp_path / "home", **settings(llm, VIGIL_MODEL_BASE_URL="http://127.0.0.1:9/v1"))
    code, out, _ = await program.vigil("doctor")
    assert code == 1
    assert "VIGIL_MODEL_BASE_URL" in out


async def notices(place: Place, reader: str) -> list[str]:
    """Return what one reader is told of the budget."""
    path = f"/api/channels/{CHANNEL}/messages?after=0&viewer={reader}"
    shown = (await place.program.call("GET", path))["messages"]
    return [m["text"] for m in shown if m["kind"] == "bot" and "budget" in m["text"]]


async def test_analysts_are_told_once_when_the_budget_comes_to_its_end(llm: FakeLLM, tmp_path: Path) -> None:
    async with local_place(tmp_path / "home", **settings(llm, VIGIL_MODEL_DAILY_TOKENS="10")) as place:
        await know(place, tmp_path)
        await place.say("anna", "I am on call today")
        for person in ("ravi", "rosa"):
            asked = await place.say(person, AGAIN)
            await place.program.eventually("a suggestion", partial(place.suggestions, asked.thread))
        (notice,) = await place.program.eventually("a notice", lambda: notices(place, "anna"))

        assert "used up (everything)" in notice
        assert await notices(place, "ravi") == []
