"""The database file: damaged, newer, full, busy, taken; copied, and opened again."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from adapters.store.database import Database
from adapters.store.lock import FolderLock
from adapters.store.schema import FOLDER, NEWEST
from adapters.store.store import Store
from adapters.store.tables import metadata
from tests.contract.samples import NOW, THREAD, edited, message, posted, receipt, turn_of
from vigil_bot.errors import SettingsError, StoreBusy, StoreError, StoreLocked
from vigil_bot.model.work import Outcome

ROOT = Path(__file__).parents[2]


def url(path: Path) -> str:
    return f"sqlite:///{path}"


async def filled(path: Path) -> None:
    """A database with one message in it."""
    store = await Store.open(url(path))
    await store.queue.append([posted("m1")], now=NOW)
    await store.close()


async def messages(path: Path) -> list[str]:
    store = await Store.open(url(path))
    conversation = await store.transcript.conversation(THREAD)
    await store.close()
    return [m.id for m in conversation.messages]


async def test_what_was_stored_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "vigil.db"
    await filled(path)
    assert await messages(path) == ["m1"]


async def test_a_durable_file_is_written_ahead_and_synced(tmp_path: Path) -> None:
    await filled(tmp_path / "vigil.db")
    database = await Database.open(url(tmp_path / "vigil.db"))
    pragmas = ("journal_mode", "synchronous", "foreign_keys")

    def read(names: tuple[str, ...]) -> list[object]:
        return [database._session and database._session.driver.execute(f"PRAGMA {n}").fetchone()[0] for n in names]

    assert await database.run(lambda _: read(pragmas)) == ["wal", 2, 1]
    await database.close()


async def test_a_file_that_is_no_database_is_named_with_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "vigil.db"
    path.write_bytes(b"this is not a database, " * 100)
    with pytest.raises(StoreError) as caught:
        await Store.open(url(path))
    assert str(path) in str(caught.value)
    assert "vigil restore" in str(caught.value)


async def test_a_damaged_file_is_named_with_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "vigil.db"
    await filled(path)
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    with pytest.raises(StoreError, match="damaged") as caught:
        await messages(path)
    assert str(path) in str(caught.value)


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "vigil.db"
    await filled(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version") as caught:
        await Store.open(url(path))
    assert str(path) in str(caught.value)

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE alembic_version SET version_num = '{NEWEST}'")
    assert await messages(path) == ["m1"]


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        await Store.open(url(tmp_path / "file" / "vigil.db"))
    (tmp_path / "vigil.db").mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        await Store.open(url(tmp_path / "vigil.db"))


@pytest.mark.parametrize("wrong", ["postgresql://user:secret@host/db", "sqlite+aiosqlite:///x.db", "no url: secret"])
async def test_a_database_of_another_kind_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="SQLite") as caught:
        await Store.open(wrong)
    assert "secret" not in str(caught.value)


async def test_a_full_disk_is_an_error_that_passes_and_loses_nothing(tmp_path: Path) -> None:
    database = await Database.open(url(tmp_path / "vigil.db"))
    store = Store(database)
    await store.queue.append([posted("m1")], now=NOW)

    def limit(pages: int) -> None:
        assert database._session is not None
        database._session.driver.execute(f"PRAGMA max_page_count = {pages}")

    await database.run(lambda _: limit(1))
    with pytest.raises(StoreBusy, match="full") as caught:
        await store.queue.append([posted(f"big{n}", "x" * 9000) for n in range(20)], now=NOW)
    assert "x" * 50 not in str(caught.value)
    assert await store.healthy()

    await database.run(lambda _: limit(1_000_000))
    assert await store.queue.append([posted("m2")], now=NOW) == [True]
    assert [m.id for m in (await store.transcript.conversation(THREAD)).messages] == ["m1", "m2"]
    await store.close()


async def test_a_file_that_somebody_else_writes_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.store.dialect.BUSY_TIMEOUT_MS", 1)
    path = tmp_path / "vigil.db"
    store = await Store.open(url(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="busy"):
            await store.queue.append([posted("m1")], now=NOW)
        assert not await store.healthy()
        other.execute("ROLLBACK")
    assert await store.queue.append([posted("m1")], now=NOW) == [True]
    await store.close()


async def test_a_closed_store_says_so(store: Store) -> None:
    assert await store.healthy()
    await store.close()
    await store.close()
    assert not await store.healthy()
    with pytest.raises(StoreError, match="closed"):
        await store.queue.append([posted("m1")], now=NOW)


async def test_work_that_raises_is_undone(store: Store) -> None:
    def work(_: object) -> None:
        raise KeyError("bug")

    await store.queue.append([posted("m1")], now=NOW)
    with pytest.raises(KeyError):
        await store._database.run(work)
    assert (await store.transcript.conversation(THREAD)).messages == (message("m1"),)


async def test_a_backup_is_of_one_moment_and_work_goes_on(store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("an older backup")
    for number in range(50):
        await store.queue.append([posted(f"m{number}")], now=NOW)

    async with asyncio.TaskGroup() as group:
        group.create_task(store.backup(copy))
        for number in range(50, 100):
            group.create_task(store.queue.append([posted(f"m{number}")], now=NOW))

    kept = await messages(copy)
    assert 50 <= len(kept) <= 100
    assert len((await store.transcript.conversation(THREAD)).messages) == 100


async def test_a_backup_that_cannot_be_written_says_so(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="gone"):
        await store.backup(tmp_path / "gone" / "copy.db")


def test_the_migrations_make_the_tables_that_the_statements_are_built_on() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


async def test_the_tables_of_the_migrations_are_the_tables_of_the_code(tmp_path: Path) -> None:
    await filled(tmp_path / "vigil.db")
    engine = create_engine(url(tmp_path / "vigil.db"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: kind != "table" or not str(name).startswith("entry_words")},
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


HOLD = """
import sys, time
from pathlib import Path
from adapters.store.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreLocked) as caught, FolderLock(home):
            pass
        assert str(home) in str(caught.value)
        assert "VIGIL_HOME" in str(caught.value)
        holder.send_signal(signal.SIGKILL)
    with FolderLock(home):
        pass
    with FolderLock(home):
        pass


def test_a_folder_that_cannot_be_locked_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be used") as caught:
        FolderLock(tmp_path / "file" / "home").acquire()
    assert not isinstance(caught.value, StoreLocked)


async def test_receipts_from_before_edits_were_kept_with_them_count_for_the_edits_of_their_time(tmp_path: Path) -> None:
    path = tmp_path / "vigil.db"
    store = await Store.open(url(path))
    await store.queue.append([posted("m1"), posted("m2"), posted("m3")], now=NOW)
    await turn_of(store.queue, Outcome(decisions=tuple(receipt(m, at=NOW + 5) for m in ("m1", "m2", "m3"))))
    await store.queue.append([edited("m1", "seen", at=NOW + 3), edited("m2", "not seen", at=NOW + 9)], now=NOW)
    await store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE decision DROP COLUMN edited_at")
        connection.execute("ALTER TABLE entry DROP COLUMN right_at")
        connection.execute("UPDATE alembic_version SET version_num = '0008'")

    store = await Store.open(url(path))
    state = await store.threads.load(THREAD, now=NOW)
    assert [m.id for m in state.conversation.messages if state.undecided(m.id, m.edited_at)] == ["m2"]
    await store.close()
