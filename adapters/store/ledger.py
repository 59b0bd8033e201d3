"""Decisions, suggestions, feedback, mutes and settings: fits `vigil_bot.ports.records.Ledger`."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from adapters.store import codec, mutes, receipts, suggestions, verdicts
from adapters.store.database import Database
from adapters.store.dialect import insert
from adapters.store.tables import channel_setting
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.decision import DecisionRecord
from vigil_bot.model.feedback import Feedback
from vigil_bot.model.policy import Mute, MuteScope
from vigil_bot.model.suggestion import Suggestion, SuggestionState

_new = insert(channel_setting)
_SET = _new.on_conflict_do_update(index_elements=["channel", "name"], set_={"value": _new.excluded.value})
_UNSET = delete(channel_setting).where(
    channel_setting.c.channel == bindparam("of_channel"), channel_setting.c.name == bindparam("of_name")
)
_SETTINGS = select(channel_setting).order_by(channel_setting.c.channel, channel_setting.c.name)


class SqlLedger:
    """What was decided, said and thought of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def decision(self, conversation: str, message_id: str) -> DecisionRecord | None:
        """Return the newest receipt of a message."""
        return await self._database.run(lambda session: receipts.newest(session, conversation, message_id))

    async def decisions(self, *, since: float, until: float | None = None) -> list[DecisionRecord]:
        """Return receipts from since on and before until, oldest first."""
        end = float("inf") if until is None else until
        return await self._database.run(lambda session: receipts.since(session, since=since, until=end))

    async def suggestion(self, suggestion_id: str) -> Suggestion | None:
        """Return a suggestion."""
        return await self._database.run(lambda session: suggestions.get(session, suggestion_id))

    async def suggestion_posted_as(self, conversation: str, posted_id: str) -> Suggestion | None:
        """Return the suggestion that is this message on the platform."""
        made = await self.suggestions_in(conversation)
        return next((suggestion for suggestion in made if suggestion.posted_id == posted_id), None)

    async def suggestions_in(self, conversation: str) -> list[Suggestion]:
        """Return the suggestions made in a thread, oldest first."""
        return await self._database.run(lambda session: suggestions.made_in(session, conversation))

    async def set_suggestion_state(self, suggestion_id: str, state: SuggestionState) -> None:
        """Change the state of a suggestion."""
        await self._database.run(lambda session: suggestions.set_states(session, [(suggestion_id, state)]))

    async def posted_since(self, channel: ConversationRef, *, since: float) -> list[float]:
        """Return the times of suggestions posted (or being posted) in a channel since then, oldest first."""
        key = codec.key_of(channel.channel)
        return await self._database.run(lambda session: suggestions.sent_since(session, key, since=since))

    async def feedback_on(self, suggestion_id: str) -> list[Feedback]:
        """Return all verdicts on a suggestion, oldest first."""
        return await self._database.run(lambda session: verdicts.on(session, suggestion_id))

    async def feedback_counts(self, *, since: float) -> dict[str, int]:
        """Return verdict -> count since then."""
        return await self._database.run(lambda session: verdicts.counts(session, since=since))

    async def mute(self, mute: Mute) -> None:
        """Put a mute in force, replacing an earlier one of the same scope and target."""
        await self._database.run(lambda session: mutes.put(session, [mute]))

    async def unmute(self, scope: MuteScope, target: str) -> bool:
        """End a mute; False if there was none."""
        return await self._database.run(lambda session: mutes.end(session, scope, target))

    async def mutes(self, targets: Sequence[str], *, now: float) -> list[Mute]:
        """Return the mutes in force on any of these targets."""
        return await self._database.run(lambda session: mutes.on(session, targets, now=now))

    async def set_channel_setting(self, channel: str, name: str, value: str) -> None:
        """Keep a setting that was changed in chat."""
        await self._database.run(lambda session: session.write(_SET, channel=channel, name=name, value=value))

    async def unset_channel_setting(self, channel: str, name: str) -> bool:
        """Forget a setting that was changed in chat; False if there was none."""
        gone = await self._database.run(lambda session: session.write(_UNSET, of_channel=channel, of_name=name))
        return gone > 0

    async def channel_settings(self) -> dict[str, dict[str, str]]:
        """Return channel key -> name -> value."""
        settings: dict[str, dict[str, str]] = defaultdict(dict)
        for channel, name, value in await self._database.run(lambda session: session.rows(_SETTINGS)):
            settings[channel][name] = value
        return dict(settings)
