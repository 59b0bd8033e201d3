"""Carry out slash commands: one function each, to a card."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from vigil_bot.commands import cards, digest, names, receipts
from vigil_bot.commands import set as rules
from vigil_bot.commands.handoff import handoff
from vigil_bot.commands.home import home_card
from vigil_bot.commands.kb import KbCommands
from vigil_bot.commands.link import link, unlink
from vigil_bot.commands.mutes import lasts, unmute_button, with_mutes
from vigil_bot.commands.nearly import nearly
from vigil_bot.commands.parse import Command, duration_s, language_of_command, parse
from vigil_bot.commands.services import Services
from vigil_bot.commands.watch import WatchCommands
from vigil_bot.errors import InputError, VigilError
from vigil_bot.introduction import LEARN_DAYS
from vigil_bot.model.card import Card, QuoteBlock, TextBlock
from vigil_bot.model.case import Case, CaseState
from vigil_bot.model.conversation import AuthorKind, Conversation, ConversationRef, Message, Role
from vigil_bot.model.event import ActionInvoked, CommandInvoked
from vigil_bot.model.knowledge import SHOWN_FROM
from vigil_bot.model.policy import Mode, Mute, MuteScope
from vigil_bot.proactive.card import MAX_SUGGESTION_CHARS
from vigil_bot.proactive.gate import user_target
from vigil_bot.progress.card import status_card
from vigil_bot.progress.topics import by_topic
from vigil_bot.progress.words import spoken_in
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import ENGLISH
from vigil_bot.texts.text import Text

WEEK_S = 7 * 86_400.0
HANDLED_WITHIN_S = 5.0  # how long a command waits for its conversation's turn
_POLL_S = 0.02


class Commands:
    """Answers slash commands; a wrong one gets a card that says how to mend it."""

    def __init__(self, services: Services) -> None:
        self._on = services
        self._watch = WatchCommands(services)
        self._table: dict[str, Callable[[CommandInvoked, str], Awaitable[Card]]] = {
            "help": self._help,
            "ask": self._ask,
            "why": self._why,
            "status": self._status,
            "summary": self._summary,
            "resolve": self._resolve,
            "reopen": self._reopen,
            "mute": self._mute,
            "unmute": self._unmute,
            "mode": self._mode,
            "kb": KbCommands(services).run,
            "watch": self._watch.run,
            "stats": self._stats,
            "settings": self._settings,
            "set": lambda invoked, rest: rules.set_(self._on, invoked, rest),
            "unset": lambda invoked, rest: rules.unset(self._on, invoked, rest),
            "nearly": lambda invoked, _rest: nearly(self._on, invoked),
            "learn": self._learn,
            "home": self._home,
            "catchup": lambda invoked, _rest: digest.catchup(self._on, invoked),
            "handoff": lambda invoked, rest: handoff(self._on, invoked, rest),
            "link": lambda invoked, rest: link(self._on, invoked, rest, self._case_action),
            "unlink": lambda invoked, rest: unlink(self._on, invoked, rest, self._case_action),
        }

    async def run(self, invoked: CommandInvoked) -> Card:
        """Carry out a command, and answer in the asker's language."""
        try:
            command: Command = parse(invoked.text)
            with self._on.counted_for(invoked.conversation):
                card = await self._table[command.name](invoked, command.rest)
        except VigilError as error:
            card = cards.failed(error)
        return said(card, await self._reader(invoked))

    async def _reader(self, invoked: CommandInvoked) -> Reader:
        """Return who asks: in the language that the platform knows, else of their words, of the thread, of the channel."""
        policy = self._on.policy_of(invoked.conversation)
        language = invoked.language or language_of_command(invoked.text)
        if not language and invoked.conversation.thread_id is not None:
            language = spoken_in(await self._on.transcript.conversation(invoked.conversation))
        return Reader(language=language or next(iter(policy.languages), ENGLISH), zone=policy.zone)

    async def _help(self, _invoked: CommandInvoked, _rest: str) -> Card:
        return cards.help_card()

    async def _ask(self, invoked: CommandInvoked, rest: str) -> Card:
        if not rest:
            raise InputError(
                Text("What do you want to know?"), hint=Text("`/vigil ask how do I rotate the certificate`")
            )
        policy = self._on.policy_of(invoked.conversation)
        found = await self._on.finder.find(rest, viewer=policy.viewer(invoked.conversation), limit=5)
        hits = [hit for hit in found if policy.uses(hit.entry)]
        good = [h for h in hits if h.score >= policy.min_relevance]
        if not good:
            near = [hit for hit in hits[:3] if hit.score >= SHOWN_FROM]
            unsure = Text("I know no sure answer. The nearest entries:")
            return cards.hits_card(unsure if near else Text("I know nothing about that."), near)
        asked = Message(
            id="ask", conversation=invoked.conversation, author=invoked.author, text=rest, sent_at=invoked.at
        )
        thread = Conversation(ref=invoked.conversation, messages=(asked,))
        question = await self._on.reasoner.question(thread, ["ask"])
        draft = await self._on.reasoner.draft(question, good[:2], max_chars=MAX_SUGGESTION_CHARS)
        card = cards.hits_card(Text("What is known"), good)
        return replace(card, blocks=(QuoteBlock(text=draft.text), *card.blocks)) if draft.text else card

    async def _why(self, invoked: CommandInvoked, rest: str) -> Card:
        message = await self._message(invoked, rest)
        if message.author.kind is AuthorKind.SELF:
            return await receipts.of_own(self._on, message)
        return await self._watch.with_watched(await receipts.of(self._on, message), invoked, message)

    async def _message(self, invoked: CommandInvoked, rest: str) -> Message:
        here = invoked.conversation
        if rest:
            found = await self._on.transcript.find_message(rest.strip("<>"))
            if found is None or found.conversation.channel != here.channel:
                raise InputError(Text("I have no such message in this channel."), hint=Text("Give its link or id."))
            return found
        conversation = await self._on.transcript.conversation(here)
        last = next((m for m in reversed(conversation.messages) if m.is_human), None)
        if last is None:
            raise InputError(Text("Which message?"), hint=Text("Use it in a thread, or `/vigil why LINK`."))
        return last

    async def _status(self, invoked: CommandInvoked, _rest: str) -> Card:
        conversation = await self._thread(invoked)
        case = await self._on.cases.case(invoked.conversation.key)
        if case is None:
            return cards.reply(Text("No case here: nobody asked for anything in this thread."))
        after_s = self._on.policy_of(invoked.conversation).nudge_after_s
        return status_card(case, conversation, now=self._on.clock.now(), nudge_after_s=after_s)

    async def _summary(self, invoked: CommandInvoked, _rest: str) -> Card:
        conversation = await self._thread(invoked)
        lines = await self._on.reasoner.summarize(conversation, await self._on.cases.case(invoked.conversation.key))
        return cards.reply(Text("Summary"), *(QuoteBlock(text=line) for line in lines))

    async def _resolve(self, invoked: CommandInvoked, rest: str) -> Card:
        await self._thread(invoked)
        case = await self._case_action(invoked, "resolve", rest, lambda case: case is not None and case.state.over)
        learns = self._on.policy_of(invoked.conversation).learn
        text = Text("What solved it becomes knowledge with the next distillation.") if learns else ""
        done = Text("Resolved.") if case else Text("Noted; it takes a moment.")
        return cards.reply(done, TextBlock(markdown=text))

    async def _reopen(self, invoked: CommandInvoked, _rest: str) -> Card:
        await self._thread(invoked)
        if await self._on.cases.case(invoked.conversation.key) is None:
            raise InputError(Text("There is no case in this thread."))
        await self._case_action(invoked, "reopen", "", lambda case: case is not None and not case.state.over)
        return cards.reply(Text("Open again."))

    async def _case_action(
        self, invoked: CommandInvoked, action: str, value: str, done: Callable[[Case | None], bool]
    ) -> Case | None:
        """Send the change through the inbox, in order with the messages, and wait until it shows."""
        event = ActionInvoked(
            id=f"command-{invoked.author.id}-{invoked.at:.6f}",
            conversation=invoked.conversation,
            message_id="",
            author=invoked.author,
            action=action,
            value=value,
            at=invoked.at,
        )
        await self._on.accept(event)
        deadline = time.monotonic() + HANDLED_WITHIN_S
        while time.monotonic() < deadline:
            case = await self._on.cases.case(invoked.conversation.key)
            if done(case):
                return case
            await asyncio.sleep(_POLL_S)
        return None

    async def _mute(self, invoked: CommandInvoked, rest: str) -> Card:
        words = rest.split()
        length_s = next((s for s in map(duration_s, words) if s is not None), None)
        named = [word for word in words if duration_s(word) is None]
        scope, target = self._scope(invoked, named[0] if named else "")
        now = self._on.clock.now()
        until = None if length_s is None else now + length_s
        await self._on.ledger.mute(Mute(scope=scope, target=target, by=invoked.author.id, at=now, until=until))
        return cards.reply(names.MUTED[scope], TextBlock(markdown=lasts(until)), buttons=(unmute_button(scope),))

    async def _unmute(self, invoked: CommandInvoked, rest: str) -> Card:
        scope, target = self._scope(invoked, rest.strip())
        was = await self._on.ledger.unmute(scope, target)
        return cards.reply(names.UNMUTED[scope] if was else Text("I was not muted."))

    def _scope(self, invoked: CommandInvoked, word: str) -> tuple[MuteScope, str]:
        ref = invoked.conversation
        if word == "me":
            return MuteScope.USER, user_target(ref, invoked.author.id)
        if word == "channel" or (not word and ref.thread_id is None):
            return MuteScope.CHANNEL, ref.channel.key
        if word in ("", "thread") and ref.thread_id is not None:
            return MuteScope.THREAD, ref.key
        raise InputError(
            Text("Mute what?"), hint=Text("`/vigil mute [30m|2h] [thread|channel|me]`; thread needs a thread.")
        )

    async def _mode(self, invoked: CommandInvoked, rest: str) -> Card:
        policy = self._on.policy_of(invoked.conversation)
        if not rest:
            return cards.reply(Text("The mode here is {mode}.", mode=names.MODES[policy.mode]))
        if invoked.author.role is Role.REQUESTER and invoked.author.id not in policy.analysts:
            raise InputError(Text("Only analysts may change the mode."))
        try:
            mode = Mode(rest.lower())
        except ValueError:
            unknown = Text("There is no mode `{mode}`.", mode=rest[:20])
            raise InputError(unknown, hint=Text("Use off, shadow, private or on.")) from None
        await self._on.set_mode(invoked.conversation.channel, mode)
        return cards.reply(Text("The mode here is {mode} now.", mode=names.MODES[mode]))

    async def _stats(self, invoked: CommandInvoked, _rest: str) -> Card:
        since = self._on.clock.now() - WEEK_S
        channel = invoked.conversation.channel.key
        records = [r for r in await self._on.ledger.decisions(since=since) if _in_channel(r.conversation, channel)]
        cases = await self._on.cases.cases(channel=channel)
        took = await digest.durations(self._on, cases, since=since)
        return cards.stats_card(
            records,
            await self._on.ledger.feedback_counts(since=since),
            cases,
            entries=await self._on.entries.count(),
            times=[*took.times.values()],
            topics=by_topic(took.problems, took.times),
        )

    async def _settings(self, invoked: CommandInvoked, _rest: str) -> Card:
        ref, policy = invoked.conversation, self._on.policy_of(invoked.conversation)
        calibration = await self._on.calibration_of(ref, policy, now=self._on.clock.now())
        targets = [ref.key, ref.channel.key, user_target(ref, invoked.author.id)]
        mutes = await self._on.ledger.mutes(targets, now=self._on.clock.now())
        return with_mutes(cards.settings_card(ref.channel.key, policy, calibration), mutes)

    async def _learn(self, invoked: CommandInvoked, rest: str) -> Card:
        policy = self._on.policy_of(invoked.conversation)
        if invoked.author.role is Role.REQUESTER and invoked.author.id not in policy.analysts:
            raise InputError(Text("Only analysts may have me read the history."))
        span_s = duration_s(rest or f"{LEARN_DAYS}d")
        if span_s is None:
            raise InputError(Text("Learn from how far back?"), hint="`/vigil learn 30d`")
        if not policy.learn:
            raise InputError(
                Text("Learning is off in this channel."), hint=Text("The policy file says so: `learn = false`.")
            )
        self._on.read_back(invoked.conversation.channel, since=self._on.clock.now() - span_s)
        later = Text("I post nothing about it. What was solved becomes knowledge with the next distillation.")
        return cards.reply(Text("I am reading the history of this channel."), TextBlock(markdown=later))

    async def _home(self, invoked: CommandInvoked, _rest: str) -> Card:
        here = invoked.conversation
        channel_ids = invoked.channel_ids or (here.channel_id,)
        channels = [replace(here, channel_id=channel_id, thread_id=None) for channel_id in channel_ids]
        keys = {channel.key for channel in channels}
        cases = await self._on.cases.cases(states=[state for state in CaseState if not state.over])
        seen = [case for case in cases if ConversationRef.from_key(case.conversation).channel.key in keys]
        since = self._on.clock.now() - WEEK_S
        viewers = [self._on.policy_of(channel).viewer(channel) for channel in channels]
        learned = [
            entry
            for entry in await self._on.entries.created_since(since)
            if entry.usable and any(entry.audience.allows(viewer) for viewer in viewers)
        ]
        policies = [(channel, self._on.policy_of(channel)) for channel in channels]
        return home_card(invoked.author.id, seen, learned, policies)

    async def _thread(self, invoked: CommandInvoked) -> Conversation:
        conversation = await self._on.transcript.conversation(invoked.conversation)
        if not conversation.messages:
            raise InputError(Text("Use this in a thread."), hint=Text("Open a thread and give the command there."))
        return conversation


def _in_channel(conversation: str, channel: str) -> bool:
    return conversation == channel or conversation.startswith(channel + "/")
