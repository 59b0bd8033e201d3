"""Model calls and tokens per message and per answered question, by replay of recorded threads with a fake endpoint."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.servers.llm import FakeLLM

ROOT = Path(__file__).parents[2]
THREADS = ROOT.parent / "shared" / "data" / "threads" / "livechat_docker_2016_2017.jsonl"


async def replay(source: Path, out: Path, url: str) -> dict[str, Any]:
    """Replay in a process of its own and return the summary."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")}
    env |= {"VIGIL_EMBEDDER": "builtin", "VIGIL_MODEL_BASE_URL": url, "VIGIL_MODEL_NAME": "fake"}
    arguments = ("-m", "vigil_bot", "replay", str(source), "--out", str(out), "--learn")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env=env, stdout=asyncio.subprocess.DEVNULL
    )
    if await process.wait():
        raise SystemExit("the replay failed")
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return summary


async def measure(source: Path) -> None:
    """Count, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        async with FakeLLM() as llm:
            summary = await replay(source, Path(folder) / "r", llm.url)
        lines = (Path(folder) / "r" / "decisions.jsonl").read_text().splitlines()
        decisions = [json.loads(line) for line in lines]
    suggested = [d for d in decisions if d["decision"] == "suggest"]
    tokens = llm.tokens_in + llm.tokens_out
    of_answers = sum(d["model_calls"] for d in suggested), sum(d["tokens"] for d in suggested)
    print("| messages | suggestions | calls | tokens | calls a message | calls an answer | tokens an answer |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {summary['messages']:,} | {len(suggested)} | {llm.calls} | {tokens:,} | {llm.calls / summary['messages']:.3f}"
        f" | {of_answers[0] / max(1, len(suggested)):.2f} | {of_answers[1] / max(1, len(suggested)):.0f} |"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(prog="bench model", description=__doc__)
    parser.add_argument("source", nargs="?", type=Path, default=THREADS, help="a threads file")
    options = parser.parse_args(argv)
    asyncio.run(measure(options.source))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
