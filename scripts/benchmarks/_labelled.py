"""Real drafts with labels: of replayed threads, and of questions whose answers are known."""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.embedder.builtin import BuiltinEmbedder
from adapters.store.store import Store
from knowledge.base import KnowledgeBase
from knowledge.chroma import ChromaIndex
from knowledge.importing import read_path
from vigil_bot.model.knowledge import ChangeKind
from vigil_bot.model.label import Label, Truth

ROOT = Path(__file__).parents[2]
CHANNEL = "recorded/source/all"
HOUR_S = 3600.0
_OUTCOMES = {"agreed": Truth.RIGHT, "contradicted": Truth.WRONG, "added_nothing": Truth.WRONG}
_THRESHOLD_DECIDED = ("useful", "shadow", "below_threshold")


def replayed(data: Path, names: Sequence[str], *, floor: float) -> Iterator[tuple[str, list[Label]]]:
    """Replay recorded threads, each in a process of its own, with drafts from the floor on."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")} | {"VIGIL_EMBEDDER": "builtin"}
    with tempfile.TemporaryDirectory() as folder:
        rules, out = Path(folder) / "policy.toml", Path(folder) / "out"
        rules.write_text(f"[default]\nmode = 'on'\nmin_relevance = {floor}\n")
        for name in names:
            source = data / "threads" / f"{name}.jsonl"
            if not source.exists():
                print(f"skipped: {source} is not there", file=sys.stderr)
                continue
            command = [sys.executable, "-m", "vigil_bot", "replay", str(source)]
            command += ["--out", str(out), "--policy", str(rules)]
            subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            yield name, read_decisions(out / "decisions.jsonl")


def read_decisions(path: Path) -> list[Label]:
    """Read the drafts in a decisions.jsonl as if they were of one channel."""
    return [
        Label(
            record_id=f"{line['thread_id']}/{line['message_id']}",
            channel=CHANNEL,
            at=line["at"],
            score=line["score"],
            truth=_OUTCOMES.get(line["outcome"], Truth.UNKNOWN),
        )
        for line in _lines(path)
        if line["text"] and line["reason"] in _THRESHOLD_DECIDED and line["signals"]["grounded"]
    ]


def answered(data: Path, *, seed: int) -> list[Label]:
    """Answer questions by the best entry of a FAQ: those with a known answer there, and others' that have none.

    They are asked one an hour, in an order that the seed gives.
    """
    folder = data / "retrieval"
    files = [folder / f"{name}.jsonl" for name in ("stackfaq_entries", "stackfaq_queries", "zulip_pre2022_queries")]
    if not all(file.exists() for file in files):
        print(f"skipped: questions are not in {folder}", file=sys.stderr)
        return []
    asked = [*_lines(files[1]), *_lines(files[2])]
    random.Random(seed).shuffle(asked)  # noqa: S311 -- to be repeated
    return asyncio.run(_answers(files[0], asked))


async def _answers(entries: Path, asked: Sequence[Mapping[str, Any]]) -> list[Label]:
    store = await Store.open("sqlite://", inline=True, durable=False)
    base = KnowledgeBase(store.entries, ChromaIndex.in_memory(), BuiltinEmbedder())
    await base.put_many(read_path(entries)[0], kind=ChangeKind.IMPORT, by="bench", why="", at=1.0)
    labels = []
    for place, question in enumerate(asked):
        hits = await base.find(question["text"], viewer=None, limit=1)
        labels += [
            Label(
                record_id=question["query_id"],
                channel=CHANNEL,
                at=place * HOUR_S,
                score=hit.score,
                truth=Truth.RIGHT if hit.entry.id in question["relevant"] else Truth.WRONG,
            )
            for hit in hits
        ]
    await store.close()
    return labels


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
