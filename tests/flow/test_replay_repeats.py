"""A replay gives the same files, byte for byte, whatever the order of sets in the process."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "threads" / "livechat_docker_2016_2017.jsonl"
THREADS = 120


async def replay(source: Path, out: Path, *, hash_seed: str) -> None:
    """Run `vigil replay` in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "vigil_bot",
        "replay",
        str(source),
        "--out",
        str(out),
        "--learn",
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "VIGIL_EMBEDDER": "builtin"},
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0


async def test_two_processes_decide_alike(tmp_path: Path) -> None:
    if not SHARED.exists():
        pytest.skip("the recorded threads are not here")
    source = tmp_path / "threads.jsonl"
    source.write_text("\n".join(SHARED.read_text("utf-8").splitlines()[300 : 300 + THREADS]), "utf-8")

    await asyncio.gather(*(replay(source, tmp_path / seed, hash_seed=seed) for seed in ("1", "2")))

    for name in ("decisions.jsonl", "cases.jsonl", "knowledge.jsonl"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name
