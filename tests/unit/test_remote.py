import os
import subprocess
import sys
from pathlib import Path

import pytest

from vigil_bot.remote import NotRunning, Running, announce, announced, call_running, withdraw


def test_a_process_that_lives_is_announced_until_it_withdraws(tmp_path: Path) -> None:
    assert not announced(tmp_path)
    announce(tmp_path, Running(address="127.0.0.1:9", pid=os.getpid()))
    assert announced(tmp_path)
    withdraw(tmp_path)
    assert not announced(tmp_path)


def test_what_a_killed_process_has_left_behind_does_not_count(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    announce(tmp_path, Running(address="127.0.0.1:9", pid=gone.pid))
    assert not announced(tmp_path)


async def test_where_nobody_listens_it_says_so(tmp_path: Path, free_port: int) -> None:
    with pytest.raises(NotRunning, match="does not say where"):
        await call_running(tmp_path, "dead", {}, token=None)
    announce(tmp_path, Running(address=f"127.0.0.1:{free_port}", pid=os.getpid()))
    with pytest.raises(NotRunning, match=str(free_port)):
        await call_running(tmp_path, "dead", {}, token=None)


def test_asking_a_running_process_loads_neither_the_store_nor_the_vectors() -> None:
    told = (
        "import sys, vigil_bot.cli; print([m for m in ('sqlalchemy', 'chromadb', 'vigil_bot.app') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
