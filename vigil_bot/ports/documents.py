"""What is remembered of documents, and of work that goes on where it stopped."""

from typing import Protocol

from vigil_bot.model.document import Document


class Documents(Protocol):
    """The documents that entries come from."""

    async def document(self, root: str, path: str) -> Document | None:
        """Return a document."""
        ...

    async def documents(self, root: str, *, under: str) -> list[Document]:
        """Return the documents of a root whose path begins so, by path."""
        ...

    async def due_documents(self, *, now: float, limit: int) -> list[Document]:
        """Return pages that are to be read now, the longest waiting first."""
        ...

    async def put_document(self, document: Document) -> None:
        """Keep a document, replacing what was known of it."""
        ...

    async def drop_document(self, document: Document) -> None:
        """Forget a document; an unknown one is no error."""
        ...


class Notes(Protocol):
    """Small texts by name, for work that goes on where it stopped."""

    async def note(self, name: str) -> str | None:
        """Return a text."""
        ...

    async def set_note(self, name: str, value: str) -> None:
        """Keep a text."""
        ...
