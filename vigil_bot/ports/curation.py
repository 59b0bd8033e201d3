"""What people can do with entries, and what is needed of the store for it."""

from collections.abc import Sequence
from typing import Protocol

from vigil_bot.model.conversation import Message
from vigil_bot.model.knowledge import Audience, KnowledgeEntry, Viewer
from vigil_bot.model.review import Actor, Gap, ReviewItem, Revision
from vigil_bot.model.suggestion import Suggestion
from vigil_bot.model.work import Post


class Curation(Protocol):
    """Changes entries as people decide; each change is a version with who and why.

    An entry that the viewer may not see does not exist for them: NotFoundError. What nobody may see after a change, what makes
    no sense, and what only an analyst may do, raises InputError.
    """

    async def show(self, entry_id: str, *, viewer: Viewer | None) -> KnowledgeEntry:
        """Return an entry, also one that waits or is archived."""
        ...

    async def history(self, entry_id: str, *, viewer: Viewer | None) -> list[Revision]:
        """Return what became of an entry, oldest first."""
        ...

    async def review(self, *, viewer: Viewer | None, limit: int) -> list[ReviewItem]:
        """Return what waits for a person, most urgent first."""
        ...

    async def gaps(self, channel: str, *, since: float, limit: int) -> list[Gap]:
        """Return the questions of a channel that got no answer from us, most frequent first."""
        ...

    async def add(
        self, issue: str, resolution: str, *, audience: Audience, actor: Actor, permalink: str | None = None
    ) -> KnowledgeEntry:
        """Store what somebody teaches."""
        ...

    async def edit(self, entry_id: str, *, name: str, text: str, actor: Actor) -> KnowledgeEntry:
        """Change one of title, issue, resolution, environment and cause."""
        ...

    async def approve(self, entry_id: str, *, actor: Actor, both: bool = False) -> KnowledgeEntry:
        """Take an entry for right; those that say otherwise are replaced by it, unless both are right."""
        ...

    async def reject(self, entry_id: str, *, why: str, actor: Actor) -> KnowledgeEntry:
        """Take an entry for wrong: it is archived, and what waited only because of it is free."""
        ...

    async def archive(self, entry_id: str, *, why: str, actor: Actor) -> KnowledgeEntry:
        """Take an entry out of use; what waited only because of it is free."""
        ...

    async def undo(self, entry_id: str, *, actor: Actor) -> KnowledgeEntry:
        """Go back to the version before, with what the last change did to other entries; what has only one is archived."""
        ...

    async def merge(self, entry_id: str, other_id: str, *, actor: Actor) -> KnowledgeEntry:
        """Make one entry of two: the first one's words, the sources of both, for those who may see both."""
        ...

    async def split(
        self, entry_id: str, lines: Sequence[int], *, actor: Actor
    ) -> tuple[KnowledgeEntry, KnowledgeEntry]:
        """Move sentences of a resolution (numbered from 1) into an entry of their own."""
        ...


class Reviewed(Protocol):
    """Looks for entries that a person should see."""

    async def waiting(self, *, limit: int) -> list[KnowledgeEntry]:
        """Return entries that contradict others, newest first."""
        ...

    async def failing(self, *, limit: int) -> list[KnowledgeEntry]:
        """Return entries that more people found wrong than right, or that are marked as out of date, worst first."""
        ...

    async def unvalidated(self, *, limit: int) -> list[KnowledgeEntry]:
        """Return entries that nobody has validated, most used first, then newest."""
        ...

    async def replaced_by(self, entry_id: str) -> list[KnowledgeEntry]:
        """Return the entries that this one stands in for."""
        ...


class Forgetting(Protocol):
    """Removes for good."""

    async def erase(self, entry_id: str) -> None:
        """Remove an entry with its versions, sources and words; an unknown one is no error."""
        ...

    async def erase_versions(self, entry_id: str, *, before: int) -> int:
        """Remove the versions of an entry that are older than this one; return how many."""
        ...

    async def mentioning(self, author_id: str, *, workspace_id: str) -> list[Message]:
        """Return everything that a person of a workspace wrote, oldest first."""
        ...

    async def taught(self, author_id: str) -> list[KnowledgeEntry]:
        """Return the entries that rest on nothing but what a person told us, in no message."""
        ...

    async def blank(self, messages: Sequence[Message]) -> int:
        """Take the text out of messages and out of the events that brought them; return how many messages."""
        ...


class Posted(Protocol):
    """What was said, to be corrected in place."""

    async def posted_suggestions(self, *, since: float) -> list[Suggestion]:
        """Return suggestions made since then that people can see, or the correction of them, oldest first."""
        ...

    async def intend(self, posts: Sequence[Post], *, now: float) -> None:
        """Store posts outside of a turn; the same key is stored once."""
        ...

    async def correct(self, suggestion: Suggestion, posts: Sequence[Post], *, now: float) -> bool:
        """Store what has become of a suggestion and the posts that say so, in one transaction, and wake its thread for its card.

        Returns:
            False, with nothing stored, when people cannot see it any more: it was withdrawn meanwhile.
        """
        ...
