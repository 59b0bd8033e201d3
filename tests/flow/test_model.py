"""A language model behind the running program: it drafts and distills; without it the built-in reasoner does."""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession

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


async def figures(place: Place, metric: str) -> dict[str, float]:
    """Return the values of a metric that has one label, by that."""
    async with ClientSession() as http, http.get(f"http://{place.program.address}/metrics") as reply:
        lines = (await reply.text()).splitlines()
    told = [line.removeprefix(metric).split('"') for line in lines if line.startswith(f"{metric}{{")]
    return {label: float(value.removeprefix("}")) for _, label, value in told}


async def test_the_figures_show_what_each_use_of_the_model_took(llm: FakeLLM, tmp_path: Path) -> None:
    async with local_place(tmp_path / "home", **settings(llm)) as place:
        await know(place, tmp_path)
        drafted = await place.say("ravi", AGAIN)
        await place.program.eventually("a suggestion", lambda: place.suggestions(drafted.thread))
        solved = await place.say("rosa", "the billing job fails with BIL-77 after the upgrade, how do I repair it?")
        await place.say("anna", "Run `billctl migrate --force`, then start the job again.", thread=solved.thread)
        await place.say("rosa", "that fixed it, thanks!", thread=solved.thread)
        await place.command("anna", solved.thread, "summary")
        await place.command("anna", solved.thread, "resolve")

        async def distilled() -> bool:
            await place.program.vigil("distill", "--json")
            return "extract" in await figures(place, "vigil_model_calls_total")

        await place.program.eventually("a distilled case", distilled)
        calls, tokens, cost = [
            await figures(place, f"vigil_model_{what}_total") for what in ("calls", "tokens", "cost")
        ]

    assert {"draft", "extract", "summarize"} <= calls.keys()
    assert calls.keys() == tokens.keys() == cost.keys()
    assert sum(calls.values()) == llm.calls
    assert sum(tokens.values()) == llm.tokens_in + llm.tokens_out
    assert sum(cost.values()) == pytest.approx((llm.tokens_in + 2 * llm.tokens_out) / 1e6)


async def test_machines_that_are_to_be_hidden_are_never_told_to_the_model(llm: FakeLLM, tmp_path: Path) -> None:
    hidden = settings(llm, VIGIL_REDACT_IPS="true", VIGIL_REDACT_DOMAINS="corp.example")
    fix = "The sidecar caches the old certificate. Restart it on ops-1.corp.example, then ping 10.1.2.3."
    async with local_place(tmp_path / "home", **hidden) as place:
        asked = await place.say("ravi", f"{AGAIN} it is on pay-7.corp.example")
        await place.say("anna", fix, thread=asked.thread)
        await place.say("ravi", "that fixed it, thanks!", thread=asked.thread)
        await place.command("anna", asked.thread, "resolve")
        await place.command("anna", asked.thread, "summary")

        async def distilled() -> bool:
            await place.program.vigil("distill", "--json")
            return "extract" in await figures(place, "vigil_model_calls_total")

        await place.program.eventually("a distilled case", distilled)
        _, exported, _ = await place.program.vigil("kb", "export")

    told = "".join(one.user for one in llm.asked)
    assert "<host-" in told
    assert "corp.example" not in told
    assert "10.1.2.3" not in told
    assert "corp.example" not in exported
