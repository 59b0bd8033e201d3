"""What drafts turned out to be worth: fits `vigil_bot.labelling.Labels`."""

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, or_, select

from adapters.store import codec
from adapters.store.database import Database
from adapters.store.dialect import insert
from adapters.store.tables import DRAFTED, case_file, decision, feedback, message
from adapters.store.tables import label as table
from vigil_bot.model.case import CaseState
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.label import Label

_new = insert(table)
_PUT = _new.on_conflict_do_update(
    index_elements=["record_id"], set_={name: _new.excluded[name] for name in ("labelled_at", "body")}
)
_SINCE = (
    select(table.c.body)
    .where(table.c.workspace == bindparam("workspace"), table.c.at >= bindparam("since"))
    .order_by(table.c.at, table.c.record_id)
)

_newer = decision.alias()
_superseded = (
    select(_newer.c.seq)
    .where(
        _newer.c.conversation == decision.c.conversation,
        _newer.c.message_id == decision.c.message_id,
        or_(_newer.c.at > decision.c.at, and_(_newer.c.at == decision.c.at, _newer.c.seq > decision.c.seq)),
    )
    .exists()
)
_in_thread = message.c.conversation == decision.c.conversation
_busy = select(message.c.id).where(_in_thread, message.c.sent_at > bindparam("quiet_since")).exists()
_closed = (
    select(case_file.c.conversation)
    .where(case_file.c.conversation == decision.c.conversation, case_file.c.state == CaseState.CLOSED.value)
    .exists()
)
_said_more = select(message.c.id).where(_in_thread, message.c.sent_at > table.c.labelled_at).exists()
_thought_more = (
    select(feedback.c.at)
    .where(feedback.c.suggestion_id == decision.c.suggestion_id, feedback.c.at > table.c.labelled_at)
    .exists()
)
_UNLABELLED = (
    select(decision.c.body)
    .select_from(decision.outerjoin(table, table.c.record_id == decision.c.id))
    .where(
        decision.c.at >= bindparam("since"),
        decision.c.at <= bindparam("quiet_since"),
        DRAFTED,
        or_(table.c.record_id.is_(None), _said_more, _thought_more),
        ~_superseded,
        or_(~_busy, _closed),
    )
    .order_by(decision.c.at, decision.c.seq)
    .limit(bindparam("limit"))
)


class SqlLabels:
    """Labels of drafts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unlabelled(self, *, since: float, quiet_since: float, limit: int) -> list[DecisionRecord]:
        """Return receipts with a draft that nobody has judged yet, or that more was said on since, oldest first.

        Each is the newest of its message, decided from since on, in a thread that is closed, or quiet after quiet_since.
        """
        rows = await self._database.run(
            lambda session: session.rows(_UNLABELLED, since=since, quiet_since=quiet_since, limit=limit)
        )
        return [codec.DECISION.decode(body) for (body,) in rows]

    async def put_labels(self, labels: Sequence[Label], *, now: float) -> None:
        """Store labels; a newer one of the same receipt replaces the older."""
        rows = [
            {
                "record_id": label.record_id,
                "workspace": label.workspace,
                "at": label.at,
                "labelled_at": now,
                "body": codec.LABEL.encode(label),
            }
            for label in labels
        ]
        await self._database.run(lambda session: session.write_many(_PUT, rows))

    async def labels(self, workspace: str, *, since: float) -> list[Label]:
        """Return the labels of drafts decided in a workspace (`platform/workspace`) since then, oldest first."""
        rows = await self._database.run(lambda session: session.rows(_SINCE, workspace=workspace, since=since))
        return [codec.LABEL.decode(body) for (body,) in rows]
