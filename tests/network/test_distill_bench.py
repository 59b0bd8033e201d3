"""The measurement of distillation, with either reasoner."""

import asyncio
import json
from pathlib import Path

import pytest

from scripts.benchmarks.distill import BUILTIN, MODEL, Result, report, results, settings_of
from tests.servers import llm as fake
from tests.servers.llm import FakeLLM
from vigil_bot.errors import SettingsError

SAID = (
    ("ann", "The payments service fails with PAY-1203 after the certificate rotation. How do I fix it?"),
    ("bob", "Restart the deployment so that it reads the new certificate: `kubectl rollout restart deploy/payments`."),
    ("ann", "That worked, thanks! Solved."),
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    messages: list[dict[str, object]] = [
        {"id": f"t1#{n}", "author": name, "role": None, "ts": 1_700_000_000.0 + 600 * n, "text": text, "reactions": []}
        for n, (name, text) in enumerate(SAID)
    ]
    thread = {"thread_id": "t1", "channel": "help", "platform": "zulip", "title": "PAY-1203", "messages": messages}
    path = tmp_path / "threads.jsonl"
    path.write_text(json.dumps(thread), "utf-8")
    return path


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIGIL_MODEL_BASE_URL", "VIGIL_MODEL_NAME"):
        monkeypatch.delenv(name, raising=False)


async def by_model(source: Path, llm: FakeLLM, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv("VIGIL_MODEL_BASE_URL", llm.url)
    monkeypatch.setenv("VIGIL_MODEL_NAME", "fake")
    (result,) = await results(source, settings_of(MODEL))
    return result


async def test_the_model_that_the_settings_name_distills_each_resolved_thread_in_one_call(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeLLM() as llm:
        result = await by_model(source, llm, monkeypatch)
    assert llm.calls == 1
    assert result.entry is not None
    assert "kubectl rollout restart" in result.entry.resolution
    assert result.note == ""
    lines = list(report([result], {}))
    assert "never labelled: t1" in lines
    assert not any("stood in" in line for line in lines)


async def test_the_report_says_how_often_rules_stood_in_for_the_model(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeLLM() as llm:
        llm.default = fake.status(400)
        failed = await by_model(source, llm, monkeypatch)
    assert any("stood in for the model in 1 of them" in line for line in report([failed], {}))


def test_the_builtin_reasoner_asks_no_model_though_one_is_set(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_MODEL_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("VIGIL_MODEL_NAME", "fake")
    (result,) = asyncio.run(results(source, settings_of(BUILTIN)))
    assert result.entry is not None
    assert result.note == ""


def test_a_model_that_no_setting_names_is_said_to_be_missing() -> None:
    with pytest.raises(SettingsError, match="VIGIL_MODEL_NAME"):
        settings_of(MODEL)
