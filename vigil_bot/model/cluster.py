"""Reports of one fault in many threads, linked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a thread reports, by the messages that do; text is theirs, and is never stored beside them.

    scope is what it may be linked within; cluster names the reports that it is linked with, apart those that a person took it
    out of.
    """

    conversation: str
    scope: str
    message_ids: tuple[str, ...]
    author_id: str
    at: float
    cluster: str | None = None
    apart: tuple[str, ...] = ()
    text: str = ""
    permalink: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The newest reports of a scope, the newest first; seen is the number of the last one."""

    reports: tuple[Report, ...] = ()
    seen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What solved a fault in one of its threads: the message that says so, or an analyst's note."""

    conversation: str
    at: float
    message_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Linked reports; threads counts them, people those who wrote them.

    notice_key is the outbox key of the one message that tells analysts, posted in the conversation notice_in, "" where it was
    shown to persons and cannot be edited. version grows by one with each stored change.
    """

    id: str
    scope: str
    opened_at: float
    changed_at: float
    threads: int = 0
    notice_key: str | None = None
    notice_in: str = ""
    notice_edits: int = 0
    solution: Solution | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A cluster with its reports, the oldest first, as far as they are read."""

    cluster: Cluster
    reports: tuple[Report, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """What a turn changes in reports and clusters.

    It was decided on the reports up to number seen of the scope; a newer one makes it out of date. wake names conversations
    that must look at their cluster anew.
    """

    reports: tuple[Report, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    seen: tuple[str, int] | None = None
    wake: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedThread:
    """A thread that reports the same fault, as a card names it."""

    conversation: str
    permalink: str | None = None
