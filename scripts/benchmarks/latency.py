"""From the last message of a quiet conversation to the post, beyond the quiet time; and from start to ready."""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarks._program import Program

SETTLE_S = 1.0
WORDS = [
    "gateway",
    "ledger",
    "billing",
    "broker",
    "cache",
    "search",
    "router",
    "mailer",
    "worker",
    "portal",
    "invoice",
    "catalog",
    "session",
    "storage",
]
FAULTS = [
    "times out",
    "loses messages",
    "rejects the token",
    "runs out of memory",
    "shows old data",
    "refuses connections",
]


def entries(count: int) -> list[dict[str, str]]:
    """Return entries that differ in service, fault and code."""
    found = []
    for number in range(count):
        service = f"{WORDS[number % len(WORDS)]}-{number // len(WORDS)}"
        fault = FAULTS[number % len(FAULTS)]
        issue = f"{service} {fault} with ERR-{20_000 + number} after the last deployment"
        resolution = f"Set `{service}.limit` to {number} and restart {service}."
        found.append({"id": f"e{number}", "title": issue, "issue": issue, "resolution": resolution})
    return found


def measure(program: Program, asked: int, count: int) -> list[float]:
    """Ask questions one after the other; return the seconds beyond the quiet time, sorted."""
    took = []
    for number in range(asked):
        which = number * (count // asked)
        text = f"since the deployment we see ERR-{20_000 + which}, how do we fix it?"
        message = {"author": f"u{number}", "role": "requester", "text": text}
        began = time.perf_counter()
        posted = program.call("POST", "/api/channels/bench/messages", message)
        path = f"/api/channels/bench/messages?after={posted['ts']}"
        while not any(m["kind"] == "bot" for m in program.call("GET", path)["messages"]):
            if time.perf_counter() > began + 10:
                raise SystemExit(f"no answer to: {text}")
            time.sleep(0.002)
        took.append(time.perf_counter() - began - SETTLE_S)
    return sorted(took)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurement and print a table."""
    parser = argparse.ArgumentParser(prog="bench latency", description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--embedder", choices=("builtin", "minilm"), nargs="*", default=["builtin", "minilm"])
    options = parser.parse_args(argv)
    print(f"| vectors | entries | start to ready | p50 beyond settle | p95 beyond settle |\n|---|{'---|' * 4}")
    for embedder in options.embedder:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            file = Path(folder) / "entries.jsonl"
            file.write_text("\n".join(map(json.dumps, entries(options.entries))))
            limits = Path(folder) / "policy.toml"
            limits.write_text("[default]\nmax_per_day = 100000\n")
            settings = {
                "VIGIL_EMBEDDER": embedder,
                "VIGIL_SETTLE_S": str(SETTLE_S),
                "VIGIL_POLICY_FILE": str(limits),
                "VIGIL_LOG_LEVEL": "error",
            }
            Program(home, **settings).vigil("kb", "import", str(file))
            with Program(home, **settings) as program:
                program.call("POST", "/api/channels", {"id": "bench", "name": "bench"})
                took = measure(program, options.questions, options.entries)
                p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
                print(
                    f"| {embedder} | {options.entries:,} | {program.ready_s:.1f} s"
                    f" | {p50 * 1000:.0f} ms | {p95 * 1000:.0f} ms |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
