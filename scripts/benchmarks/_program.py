"""Starts the program for a measurement and talks to its API."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
START_S = 60.0


class Program:
    """`vigil run` with a home and a port of its own; ready_s is how long it took from start to ready."""

    def __init__(self, home: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("VIGIL_")},
            "VIGIL_HOME": str(home),
            "VIGIL_CONSOLE_ADDRESS": self.address,
            **settings,
        }
        self.ready_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vigil_bot", "run"], env=self.env, cwd=ROOT, stdout=subprocess.DEVNULL
        )
        while time.perf_counter() < began + START_S:
            try:
                self.call("GET", "/readyz")
            except OSError:
                time.sleep(0.02)
            else:
                self.ready_s = time.perf_counter() - began
                return self
        raise SystemExit("the program does not start")

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call the API."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://{self.address}{path}", method=method, data=data, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=15) as reply:  # noqa: S310
            return json.loads(reply.read() or b"{}")

    def vigil(self, *arguments: str) -> str:
        """Run a command of the command line with the same settings; return stdout."""
        done = subprocess.run(
            [sys.executable, "-m", "vigil_bot", *arguments], env=self.env, cwd=ROOT, capture_output=True, check=True
        )
        return done.stdout.decode()
