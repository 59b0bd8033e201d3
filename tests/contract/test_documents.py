"""Documents and notes are kept, found by what their paths begin with, and by when they are due."""

from dataclasses import replace
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from adapters.store.schema import FOLDER
from adapters.store.store import Store
from vigil_bot.model.document import Document, links_root
from vigil_bot.model.knowledge import Audience, EvidenceClass, Source
from vigil_bot.ports.documents import Documents, Notes

SOURCE = Source(
    thread_id="t/w/c/1", message_ids=("m",), evidence=EvidenceClass.LINK, author_ids=("anna",), document="u"
)
ONE = Document(
    root="",
    path="/srv/docs/a.md",
    digest="d",
    read_at=5.0,
    sections=(("e1", "x"), ("e2", "y")),
    audience=Audience(workspace="w", channels=("c",), guests=True),
    sources=(SOURCE,),
    failures=2,
)


def documents_of(store: Store) -> Documents:
    """The store fits its port: mypy checks it."""
    return store.documents


def notes_of(store: Store) -> Notes:
    """The store fits its port: mypy checks it."""
    return store.documents


async def test_a_document_comes_back_as_it_was_and_is_replaced_and_dropped(store: Store) -> None:
    documents = documents_of(store)
    assert await documents.document("", ONE.path) is None
    await documents.put_document(ONE)
    assert await documents.document("", ONE.path) == ONE
    newer = replace(ONE, digest="e", sections=())
    await documents.put_document(newer)
    assert await documents.documents("", under="/") == [newer]
    assert await documents.document("git:x", ONE.path) is None
    await documents.drop_document(newer)
    await documents.drop_document(newer)
    assert await documents.document("", ONE.path) is None


async def test_documents_are_found_by_what_their_paths_begin_with_to_the_letter(store: Store) -> None:
    paths = ["/a%/x.md", "/a%/y.md", "/ab/x.md", "/A%/x.md", "/a_/x.md", "/a%"]
    for path in paths:
        await documents_of(store).put_document(replace(ONE, path=path))
    found = await documents_of(store).documents("", under="/a%/")
    assert [one.path for one in found] == ["/a%/x.md", "/a%/y.md"]
    assert len(await documents_of(store).documents("", under="")) == len(paths)


async def test_pages_are_due_the_longest_waiting_first_and_files_never(store: Store) -> None:
    root = links_root(Audience(workspace="w"))
    for path, due_at in (("late", 3.0), ("early", 1.0), ("not yet", 9.0), ("file", None)):
        await documents_of(store).put_document(replace(ONE, root=root, path=path, due_at=due_at))
    due = await documents_of(store).due_documents(now=3.0, limit=5)
    assert [one.path for one in due] == ["early", "late"]
    assert [one.path for one in await documents_of(store).due_documents(now=3.0, limit=1)] == ["early"]


def test_pages_of_different_audiences_have_different_roots() -> None:
    audiences = [
        Audience(),
        Audience(workspace="a", channels=("b", "c")),
        Audience(workspace="a", channels=("b,c",)),
        Audience(workspace="a/b", channels=("c",)),
        Audience(workspace="a", channels=("b", "c"), guests=True),
    ]
    assert len({links_root(one) for one in audiences}) == len(audiences)


async def test_a_note_is_kept_and_replaced(store: Store) -> None:
    notes = notes_of(store)
    assert await notes.note("upkeep") is None
    for value in ("one", "two"):
        await notes.set_note("upkeep", value)
    assert await notes.note("upkeep") == "two"


async def test_documents_are_in_a_backup(store: Store, tmp_path: Path) -> None:
    await documents_of(store).put_document(ONE)
    await store.backup(tmp_path / "copy.db")
    copy = await Store.open(f"sqlite:///{tmp_path / 'copy.db'}")
    assert await documents_of(copy).document("", ONE.path) == ONE
    await copy.close()


async def test_a_database_from_before_there_were_documents_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigil.db'}"
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
    engine.dispose()
    store = await Store.open(url)
    await documents_of(store).put_document(ONE)
    assert await documents_of(store).document("", ONE.path) == ONE
    await store.close()
