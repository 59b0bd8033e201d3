"""Documents and notes: fits `vigil_bot.ports.documents.Documents` and `Notes`."""

from sqlalchemy import Column, Float, Index, Table, Text, bindparam, delete, func, select

from adapters.store import codec
from adapters.store.database import Database
from adapters.store.dialect import insert
from adapters.store.tables import metadata, note
from vigil_bot.model.document import Document

document = Table(
    "document",
    metadata,
    Column("root", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("due_at", Float),
    Column("body", Text, nullable=False),
)
Index("document_due", document.c.due_at)

_this = (document.c.root == bindparam("of_root"), document.c.path == bindparam("of_path"))
_GET = select(document.c.body).where(*_this)
_DROP = delete(document).where(*_this)
_under = func.substr(document.c.path, 1, func.length(bindparam("under"))) == bindparam("under")
_UNDER = (
    select(document.c.body).where(document.c.root == bindparam("of_root"), _under).order_by(document.c.path)
)  # no LIKE: it takes % and _ in a path for wildcards, and is blind to case
_DUE = (
    select(document.c.body)
    .where(document.c.due_at <= bindparam("now"))
    .order_by(document.c.due_at, document.c.root, document.c.path)
    .limit(bindparam("limit"))
)
_new = insert(document)
_PUT = _new.on_conflict_do_update(
    index_elements=["root", "path"], set_={"due_at": _new.excluded.due_at, "body": _new.excluded.body}
)
_NOTE = select(note.c.value).where(note.c.name == bindparam("name"))
_new_note = insert(note)
_SET_NOTE = _new_note.on_conflict_do_update(index_elements=["name"], set_={"value": _new_note.excluded.value})


class SqlDocuments:
    """What is known of documents, and notes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def document(self, root: str, path: str) -> Document | None:
        """Return a document."""
        row = await self._database.run(lambda session: session.row(_GET, of_root=root, of_path=path))
        return None if row is None else codec.DOCUMENT.decode(row[0])

    async def documents(self, root: str, *, under: str) -> list[Document]:
        """Return the documents of a root whose path begins so, by path."""
        rows = await self._database.run(lambda session: session.rows(_UNDER, of_root=root, under=under))
        return [codec.DOCUMENT.decode(body) for (body,) in rows]

    async def due_documents(self, *, now: float, limit: int) -> list[Document]:
        """Return pages that are to be read now, the longest waiting first."""
        rows = await self._database.run(lambda session: session.rows(_DUE, now=now, limit=limit))
        return [codec.DOCUMENT.decode(body) for (body,) in rows]

    async def put_document(self, document: Document) -> None:
        """Keep a document, replacing what was known of it."""
        row = {"root": document.root, "path": document.path, "due_at": document.due_at}
        body = codec.DOCUMENT.encode(document)
        await self._database.run(lambda session: session.write(_PUT, **row, body=body))

    async def drop_document(self, document: Document) -> None:
        """Forget a document; an unknown one is no error."""
        await self._database.run(lambda session: session.write(_DROP, of_root=document.root, of_path=document.path))

    async def note(self, name: str) -> str | None:
        """Return a text."""
        row = await self._database.run(lambda session: session.row(_NOTE, name=name))
        return None if row is None else row[0]

    async def set_note(self, name: str, value: str) -> None:
        """Keep a text."""
        await self._database.run(lambda session: session.write(_SET_NOTE, name=name, value=value))
