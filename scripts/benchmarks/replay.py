"""Replay speed and memory on recorded threads, and how both grow with the number of messages."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from os import environ
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FILES = ("livechat_docker_2016_2017", "zulip_2022h1")
DAY_S = 86_400.0


def repeated(source: Path, messages: int) -> Iterator[str]:
    """Return threads of a file, again and again with new ids and later times, up to so many messages."""
    lines = [json.loads(line) for line in source.read_text().splitlines()]
    times = [m["ts"] for thread in lines for m in thread["messages"]]
    span = max(times) - min(times) + DAY_S
    made = 0
    for turn in range(1_000_000):
        for thread in lines:
            if made >= messages:
                return
            renamed = [{**m, "id": f"{turn}.{m['id']}", "ts": m["ts"] + turn * span} for m in thread["messages"]]
            made += len(renamed)
            yield json.dumps({**thread, "thread_id": f"{turn}.{thread['thread_id']}", "messages": renamed})


def run(source: Path, embedder: str) -> dict[str, Any]:
    """Replay a file in a process of its own and return its summary."""
    with tempfile.TemporaryDirectory() as out:
        env = {**{k: v for k, v in environ.items() if not k.startswith("VIGIL_")}, "VIGIL_EMBEDDER": embedder}
        command = [sys.executable, "-m", "vigil_bot", "replay", str(source), "--out", f"{out}/r", "--learn"]
        subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        summary: dict[str, Any] = json.loads((Path(out) / "r" / "summary.json").read_text())
        return summary


def show(name: str, embedder: str, summary: dict[str, Any]) -> None:
    """Print a row."""
    print(
        f"| {name} | {embedder} | {summary['messages']:,} | {summary['suggested']} | {summary['messages_per_s']:.0f}"
        f" | {summary['wall_s']:.1f} | {summary['peak_memory_mib']:.0f} |",
        flush=True,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurement and print a table."""
    parser = argparse.ArgumentParser(prog="bench replay", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with threads/")
    parser.add_argument("--embedder", choices=("builtin", "minilm"), nargs="*", default=["builtin", "minilm"])
    parser.add_argument("--growth", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="messages")
    options = parser.parse_args(argv)
    print("| threads | vectors | messages | suggested | messages/s | s | peak MiB |\n|---|---|---|---|---|---|---|")
    for name in FILES:
        for embedder in options.embedder:
            show(name, embedder, run(options.data / "threads" / f"{name}.jsonl", embedder))
    with tempfile.TemporaryDirectory() as folder:
        for messages in options.growth:
            file = Path(folder) / "threads.jsonl"
            source = options.data / "threads" / f"{FILES[0]}.jsonl"
            file.write_text("\n".join(repeated(source, messages)))
            show(f"{FILES[0]}, repeated", "builtin", run(file, "builtin"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
