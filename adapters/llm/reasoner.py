"""The reasoner that asks a language model, checks what comes back, and leaves the word to the built-in one when it fails."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from adapters.llm import check
from adapters.llm.asks import Answer, Asks, Image
from adapters.llm.briefing import (
    MAX_MESSAGE_CHARS,
    Briefing,
    Data,
    brief,
    entry_text,
    marks_of,
    said_in,
    solving,
    stands_alone,
    thread_data,
    told,
    user_message,
)
from adapters.llm.check import Claim, Kept, Source
from adapters.llm.placeholders import Placeholders
from adapters.llm.prompts import prompt
from adapters.llm.replies import DraftReply, EntryReply, QuestionReply, Reply, Said, SummaryReply
from adapters.llm.support import why_unsupported
from adapters.llm.text import terms
from adapters.llm.text_manners import without_pings
from vigil_bot.errors import MalformedReply, ModelError, VigilError
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.knowledge import DraftEntry, Hit, KnowledgeEntry, Quoted
from vigil_bot.model.suggestion import Citation, Draft, Question
from vigil_bot.ports.chat import Files, Redact
from vigil_bot.ports.reasoner import Reasoner, Spent
from vigil_bot.texts.text import Text

MAX_TOKENS = {"question": 300, "draft": 600, "extract": 1_500, "summarize": 700}
MAX_IMAGES = 3
MAX_IMAGE_BYTES = 5 * 1024 * 1024
MAX_SEEN_LINES, MAX_SEEN_CHARS = 8, 200
_SAID_CHARS = 300
_SAID_LINES = 8
_TITLE_CHARS = 90

log = structlog.get_logger()


class ModelReasoner:
    """Asks a model at most once for each thing; says only what stands in its sources, whatever the model replies."""

    def __init__(
        self,
        client: Asks,
        fallback: Reasoner,
        *,
        redact: Redact,
        model: str,
        files: Mapping[str, Files] | None = None,
        spent: Mapping[str, Spent] = {},
    ) -> None:
        """Take what reads attachments of each platform only where the model can read images; spent is shown, not counted here."""
        self.name = f"model:{model}"
        self.replaced: Counter[tuple[str, str]] = Counter()
        self.spent = spent
        self._client = client
        self._fallback = fallback
        self._redact = redact
        self._files = files or {}

    async def question(self, conversation: Conversation, message_ids: Sequence[str]) -> Question:
        """Return the question in words that stand alone; costs a call only where the thread or an image is needed."""
        plain = replace(await self._fallback.question(conversation, message_ids), said=said_in(conversation))
        images = await self._images(conversation, message_ids)
        if not images and stands_alone(conversation, message_ids):
            return plain
        hidden = Placeholders(self._redact)
        briefing = brief(conversation, hidden.hide)
        title = told(conversation.title or "", hidden.hide, _SAID_CHARS)
        data: dict[str, Data] = {
            "title": title,
            "asking": [n for n, m in briefing.messages.items() if m.id in message_ids],
            "messages": thread_data(briefing, conversation, {}),
        }
        try:
            answer = await self._client.ask(
                "question",
                system=prompt("question").text,
                user=user_message(data),
                schema=QuestionReply,
                images=images,
                max_tokens=MAX_TOKENS["question"],
            )
        except ModelError as error:
            return replace(plain, note=self._fell_back("question", error))
        seen = check.seen(answer.value.seen, max_lines=MAX_SEEN_LINES, max_chars=MAX_SEEN_CHARS) if images else []
        asked = check.question(answer.value.question, [title, *briefing.texts.values(), *seen])
        lines = [hidden.show(asked) if asked else plain.text, *(line for line in seen if line not in asked)]
        return replace(
            plain,
            text="\n".join(line for line in lines if line)[: check.MAX_QUESTION_CHARS],
            model_calls=1,
            tokens=_tokens(answer),
            cost=answer.cost,
            note="" if asked else "the model's question was not what people asked",
        )

    async def draft(self, question: Question, hits: Sequence[Hit], *, max_chars: int) -> Draft:
        """Return what the model says as far as the entries say it too; nothing where nothing of it is left."""
        if not question.text or not hits:
            return Draft()
        hidden = Placeholders(self._redact)
        parts = {number: entry_text(hit.entry, hidden.hide) for number, hit in enumerate(hits, 1)}
        try:
            answer = await self._client.ask(
                "draft",
                system=prompt("draft").text,
                user=user_message(_draft_data(question, parts, hidden)),
                schema=DraftReply,
                max_tokens=MAX_TOKENS["draft"],
            )
        except MalformedReply as error:  # it was asked twice: what cannot be read is no answer
            return Draft(model_calls=1, note=str(error))
        except ModelError as error:
            plain = await self._fallback.draft(question, hits, max_chars=max_chars)
            return replace(plain, reasoner=self._fallback.name, note=self._fell_back("draft", error))
        entries = {number: hit.entry for number, hit in enumerate(hits, 1)}
        said = [hidden.hide(one) for one in question.said]
        return replace(
            _grounded(answer.value, parts, entries, hidden, said=said, speaks=question.language, max_chars=max_chars),
            model_calls=1,
            tokens=_tokens(answer),
            cost=answer.cost,
            prompt_hash=prompt("draft").hash,
        )

    async def extract(self, conversation: Conversation, case: Case) -> DraftEntry | None:
        """Return what the model learned, as far as people said it; None when it is nothing worth keeping."""
        hidden = Placeholders(self._redact)
        briefing = brief(conversation, hidden.hide)
        data: dict[str, Data] = {
            "title": told(conversation.title or "", hidden.hide, _SAID_CHARS),
            "messages": thread_data(briefing, conversation, marks_of(case)),
        }
        try:
            answer = await self._client.ask(
                "extract",
                system=prompt("extract").text,
                user=user_message(data),
                schema=EntryReply,
                max_tokens=MAX_TOKENS["extract"],
            )
        except ModelError as error:
            note = self._fell_back("extract", error)
            plainly = await self._fallback.extract(conversation, case)
            return replace(plainly, note=note) if plainly is not None else None
        return _learned(answer.value, case, briefing, hidden)

    async def summarize(self, conversation: Conversation, case: Case | None) -> list[str]:
        """Return the model's lines that stand in the thread, and the state as the case has it; else the built-in summary."""
        plain = await self._fallback.summarize(conversation, case)
        if not plain:
            return []
        hidden = Placeholders(self._redact)
        briefing = brief(conversation, hidden.hide)
        data: dict[str, Data] = {"messages": thread_data(briefing, conversation, marks_of(case))}
        try:
            answer = await self._client.ask(
                "summarize",
                system=prompt("summarize").text,
                user=user_message(data),
                schema=SummaryReply,
                max_tokens=MAX_TOKENS["summarize"],
            )
        except ModelError as error:
            self._fell_back("summarize", error)
            return [*plain, Text("This is a summary without the model: {why}", why=error.words)]
        claims = [Claim(text=line.text, sources=tuple(line.messages)) for line in answer.value.lines]
        fair = {n: told(check.fair(m.text), hidden.hide, MAX_MESSAGE_CHARS) for n, m in briefing.messages.items()}
        sources = {n: f"{briefing.aliases[m.author.id]}: {fair[n]}" for n, m in briefing.messages.items()}
        lines = [without_pings(briefing.real(hidden.show(line))) for line in check.lines(claims, sources)]
        return [*lines, plain[-1]] if lines else plain

    def _fell_back(self, purpose: str, error: ModelError) -> str:
        """Log and count that the built-in reasoner serves, and return the words for the receipt."""
        self.replaced[purpose, type(error).__name__] += 1
        log.warning("model.replaced", purpose=purpose, by=self._fallback.name, error=type(error).__name__)
        return f"{purpose} by the {self._fallback.name} reasoner: {error}"

    async def _images(self, conversation: Conversation, message_ids: Sequence[str]) -> list[Image]:
        """Return the images of the asking messages, as far as they can be had."""
        files = self._files.get(conversation.ref.platform)
        if files is None:
            return []
        shown = [
            a
            for m in conversation.messages
            if m.id in message_ids and not m.deleted
            for a in m.attachments
            if a.media_type.startswith("image/") and a.size_bytes <= MAX_IMAGE_BYTES
        ]
        images: list[Image] = []
        for attachment in shown[:MAX_IMAGES]:
            try:
                content = await files.fetch(conversation.ref, attachment, max_bytes=MAX_IMAGE_BYTES)
            except VigilError as error:
                log.warning("image.skipped", attachment=attachment.id, error=type(error).__name__)
                continue
            images.append(Image(data=content, media_type=attachment.media_type))
        return images


def _tokens(answer: Answer[Reply]) -> int:
    return answer.tokens_in + answer.tokens_out


def _draft_data(question: Question, parts: Mapping[int, tuple[str, str]], hidden: Placeholders) -> dict[str, Data]:
    asked = terms(question.text)
    said = [told(one, hidden.hide, _SAID_CHARS) for one in question.said if not terms(one) <= asked]
    return {
        "question": hidden.hide(question.text),
        "language": {"zh": "Chinese", "en": "English"}.get(question.language, question.language),
        "said": said[-_SAID_LINES:],
        "entries": [
            {"number": number, "problem": about, "resolution": answers} for number, (about, answers) in parts.items()
        ],
    }


def _grounded(
    reply: DraftReply,
    parts: Mapping[int, tuple[str, str]],
    entries: Mapping[int, KnowledgeEntry],
    hidden: Placeholders,
    *,
    said: Sequence[str],
    speaks: str,
    max_chars: int,
) -> Draft:
    """Return the sentences that their entries support, with their sources; nothing if none of them answers."""
    if not reply.answers:
        return Draft(note="the model says that no entry answers")
    claims = [Claim(text=one.text, sources=tuple(one.entries)) for one in reply.sentences]
    sources = {number: Source(says=answers, context=about) for number, (about, answers) in parts.items()}
    result = check.checked(claims, sources, speaks=speaks, said=said)
    kept = check.fitting(result.kept, max_chars=max_chars)
    note = f"cut: {', '.join(sorted(set(result.cut)))}" if result.cut else ""
    if not any(not why_unsupported(one.text, parts[one.source][1]) for one in kept):
        return Draft(note=note or "nothing that the model said answers")
    numbers = check.numbering(kept)
    text = check.answer(kept, numbers)
    citations = tuple(_citation(entries[label], [k for k in kept if k.source == label], hidden) for label in numbers)
    return Draft(text=hidden.show(text), citations=citations, note=note)


def _citation(entry: KnowledgeEntry, kept: Sequence[Kept], hidden: Placeholders) -> Citation:
    return Citation(
        entry_id=entry.id,
        version=entry.version,
        title=entry.title or entry.issue.strip().split("\n")[0][:_TITLE_CHARS],
        quote=hidden.show(" ".join(dict.fromkeys(one.quote for one in kept))),
        permalink=next((s.permalink for s in entry.sources if s.permalink), None),
        right_at=entry.last_right_at,
    )


def _learned(reply: EntryReply, case: Case, briefing: Briefing, hidden: Placeholders) -> DraftEntry | None:
    """Return the sentences that people said, each with its message; None without a problem or without its solution."""
    if not reply.worth_keeping:
        return None
    human = {n: m for n, m in briefing.messages.items() if m.is_human}
    said = {n: told(check.fair(m.text), hidden.hide, MAX_MESSAGE_CHARS) for n, m in human.items()}
    solved = {n: said[n] for n in solving(briefing, case)}
    people = briefing.people
    issue = check.problem(_claims(reply.issue), said, people=people)
    resolution = check.taught(_claims(reply.resolution), solved, people=people)
    if not issue or not resolution:
        return None

    def quoted(kept: Sequence[Kept]) -> tuple[Quoted, ...]:
        return tuple(Quoted(text=hidden.show(k.text), message_id=human[k.source].id) for k in kept)

    cause = check.taught(_claims(reply.cause), solved, people=people)
    return DraftEntry(
        title=hidden.show(check.title(reply.title, said, issue, people=people)),
        issue=quoted(issue),
        resolution=quoted(resolution),
        environment=hidden.show(check.environment(reply.environment, said, people=people)),
        cause=hidden.show(cause[0].text) if cause else None,
    )


def _claims(said: Sequence[Said]) -> list[Claim]:
    return [Claim(text=one.text, sources=(one.message,)) for one in said]
