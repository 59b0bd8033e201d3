"""What a case gets without a word from anybody: reminders, its end, a line to who waits, a question for what is missing."""

from collections.abc import Callable, Sequence

from vigil_bot.building import OutcomeBuilder
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.model.work import TimerKind
from vigil_bot.ports.knowledge import KnowledgeFinder
from vigil_bot.ports.records import Ledger, Transcript
from vigil_bot.proactive.card import notice
from vigil_bot.progress.card import desk_reminder
from vigil_bot.progress.clusters import may_read_words
from vigil_bot.progress.missing import ask_once, kind_of, may_ask, problem_text, with_missing
from vigil_bot.progress.reminders import Nudge, on_timer
from vigil_bot.progress.update import progress_update
from vigil_bot.readers import analysts_of, open_desk

MAX_PAST = 30  # entries about the like that tell which facts such cases need


class Tending:
    """Works out what time, and an evaluation that found nothing, call for in a case; writes nothing."""

    def __init__(
        self,
        *,
        finder: KnowledgeFinder,
        transcript: Transcript,
        ledger: Ledger,
        policy_of: Callable[[ConversationRef], Policy],
    ) -> None:
        self._finder = finder
        self._transcript = transcript
        self._ledger = ledger
        self._policy_of = policy_of

    async def on_timers(self, building: OutcomeBuilder, kinds: Sequence[TimerKind]) -> None:
        """Do what the timers of a case were armed for."""
        for kind in kinds:
            if kind in (TimerKind.EVALUATE, TimerKind.CARD) or building.case is None:
                continue  # the card is looked at in every turn
            if kind is TimerKind.EYES:
                building.look(None)
            elif kind is TimerKind.UPDATE:
                _tell_progress(building, building.case)
            else:
                case, nudge = on_timer(building.case, kind, policy=building.policy, now=building.now)
                building.fold(lambda _, case=case: case)  # type: ignore[misc]
                if nudge is not None and building.may_remind:
                    await self._remind(building, case, nudge)

    async def look_for_missing(self, building: OutcomeBuilder) -> None:
        """Note what past cases of the kind needed and this one lacks, and ask for it once where that is allowed."""
        case, policy, ref = building.case, building.policy, building.conversation.ref
        shown = policy.mode is Mode.ON and (policy.ask_missing or policy.status_card)
        problem = "" if case is None else problem_text(building.conversation, case)
        if case is None or not shown or not may_ask(case) or kind_of(problem) is None:
            return
        found = await self._finder.find(problem, viewer=policy.viewer(ref), limit=MAX_PAST, before=building.now)
        past = [hit.entry for hit in found if policy.uses(hit.entry)]
        case, line = with_missing(case, building.conversation, past), ""
        if policy.ask_missing:
            case, line = ask_once(case, now=building.now)
        building.fold(lambda _: case)
        if line:
            building.tell(f"facts/{case.conversation}", notice(line))

    async def _remind(self, building: OutcomeBuilder, case: Case, nudge: Nudge) -> None:
        ref, policy, now = building.conversation.ref, building.policy, building.now
        if nudge.author_id is not None:
            building.remind((nudge.author_id,), notice(nudge.text))
            return
        desk = await open_desk(ref, policy, self._ledger, self._policy_of, now=now)
        if desk is not None:
            words = may_read_words(policy, ref, desk)
            building.remind((), desk_reminder(nudge.text, case, building.conversation, words=words, now=now), desk=desk)
            return
        readers = await analysts_of(ref, policy, self._transcript, now=now)
        others = [reader for reader in readers if reader != nudge.spared_id]
        if others:
            building.remind(others, notice(nudge.text))


def _tell_progress(building: OutcomeBuilder, case: Case) -> None:
    """Tell a requester who has waited long where it stands."""
    after_s = building.policy.update_after_s
    told, card = progress_update(case, building.conversation, after_s=after_s, now=building.now)
    building.fold(lambda _: told)
    if card is not None:
        building.tell(f"update/{case.conversation}/{building.now:.0f}", card)
