"""The page where a person decides about entries that wait, with the threads that they rest on beside them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.web_request import FileField

from vigil_bot.commands.kb_cards import REASONS, state_of
from vigil_bot.console.pages import page
from vigil_bot.errors import InputError, NotFoundError, VigilError
from vigil_bot.model.conversation import AuthorKind, ConversationRef, Message
from vigil_bot.model.knowledge import KnowledgeEntry, Source
from vigil_bot.model.review import Actor, ReviewItem
from vigil_bot.operations_review import OPERATOR, ReviewDesk
from vigil_bot.texts.text import Moment, Text

SHOWN = 20  # entries on the page
MAX_SAID = 40  # messages of a thread
FIELDS = ("title", "issue", "environment", "resolution", "cause")
_LINKS = ("https://", "http://", "/")  # what an entry was imported with may be anything

_DONE = {
    "approve": Text("Approved."),
    "both": Text("Approved, both."),
    "reject": Text("Rejected."),
    "edit": Text("Changed."),
    "merge": Text("Merged."),
    "split": Text("Split."),
    "undo": Text("Undone."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a source thread; cited says that the entry rests on it."""

    who: str
    text: str
    cited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceThread:
    """A source as it is shown."""

    permalink: str | None
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An entry as it is shown, with all that is needed to decide about it."""

    item: ReviewItem
    reason: str
    state: str
    last_right: str
    others: tuple[KnowledgeEntry, ...]
    threads: tuple[SourceThread, ...]


def routes(desk: ReviewDesk) -> web.RouteTableDef:
    """Return the routes of the page; whoever reaches it is an operator."""
    table = web.RouteTableDef()
    on = _Review(desk)

    @table.get("/review")
    async def show(request: web.Request) -> web.Response:
        return await on.page(
            request, done=_DONE.get(request.query.get("done", ""), ""), about=request.query.get("id", "")
        )

    @table.post("/review/{id}")
    async def decide(request: web.Request) -> web.Response:
        form = {name: value for name, value in (await request.post()).items() if not isinstance(value, FileField)}
        lines = [int(str(n)) for n in (await request.post()).getall("line", []) if str(n).isdecimal()]
        entry_id, action = request.match_info["id"], str(form.get("action", ""))
        try:
            await on.decide(entry_id, action, {name: str(value) for name, value in form.items()}, lines)
        except (InputError, NotFoundError) as error:
            return await on.page(request, wrong=error, about=entry_id, status=400)
        location = request.rel_url.with_path("/review").with_query(done=action, id=entry_id)
        raise web.HTTPSeeOther(location)

    return table


class _Review:
    """Reads what waits, and carries out what was decided."""

    def __init__(self, desk: ReviewDesk) -> None:
        self._on = desk

    async def page(
        self,
        request: web.Request,
        *,
        done: str = "",
        wrong: VigilError | None = None,
        about: str = "",
        status: int = 200,
    ) -> web.Response:
        """Return the page."""
        items = await self._on.curation.review(viewer=None, limit=SHOWN)
        waiting = [await self._waiting(item) for item in items]
        error = Text("{what} {hint}", what=wrong.args[0], hint=wrong.hint) if wrong is not None else ""
        return page(
            request, "review.html", status=status, waiting=waiting, fields=FIELDS, done=done, wrong=error, about=about
        )

    async def decide(self, entry_id: str, action: str, form: dict[str, str], lines: list[int]) -> None:
        """Carry out a decision. Raises InputError, NotFoundError."""
        on, actor = self._on.curation, Actor(by=OPERATOR, at=self._on.clock.now(), trusted=True)
        entry = await on.show(entry_id, viewer=None)
        if str(entry.version) != form.get("version"):
            raise InputError(Text("The entry was changed meanwhile."), hint=Text("Look at it again, please."))
        actions: dict[str, Callable[[], Awaitable[object]]] = {
            "approve": lambda: on.approve(entry_id, actor=actor),
            "both": lambda: on.approve(entry_id, actor=actor, both=True),
            "reject": lambda: on.reject(entry_id, why=form.get("why", ""), actor=actor),
            "edit": lambda: self._edit(entry, form, actor),
            "merge": lambda: on.merge(entry_id, form.get("other", ""), actor=actor),
            "split": lambda: on.split(entry_id, lines, actor=actor),
            "undo": lambda: on.undo(entry_id, actor=actor),
        }
        if action not in actions:
            raise InputError(Text("There is no such button."))
        try:
            await actions[action]()
        finally:
            await self._on.recall()

    async def _edit(self, entry: KnowledgeEntry, form: dict[str, str], actor: Actor) -> None:
        for name in FIELDS:
            text = form.get(name, "").replace("\r\n", "\n").strip()
            if name in form and text != (getattr(entry, name) or "").strip():
                await self._on.curation.edit(entry.id, name=name, text=text, actor=actor)

    async def _waiting(self, item: ReviewItem) -> Waiting:
        others = []
        for other_id in item.other_ids:
            try:
                others.append(await self._on.curation.show(other_id, viewer=None))
            except NotFoundError:  # forgotten meanwhile
                continue
        return Waiting(
            item=item,
            reason=REASONS[item.reason],
            state=state_of(item.entry),
            last_right=Text("last right {at}", at=Moment(item.entry.last_right_at)),
            others=tuple(others),
            threads=tuple([await self._thread(source) for source in item.entry.sources]),
        )

    async def _thread(self, source: Source) -> SourceThread:
        link = source.permalink if source.permalink and source.permalink.startswith(_LINKS) else None
        if source.thread_id is None:
            return SourceThread(permalink=link, said=())
        conversation = await self._on.transcript.conversation(ConversationRef.from_key(source.thread_id))
        others = [m for m in conversation.messages if m.text and not m.deleted and m.author.kind is not AuthorKind.SELF]
        said = tuple(_said(m, source) for m in _near(others, source))
        return SourceThread(permalink=link, said=said)


def _near(messages: list[Message], source: Source) -> list[Message]:
    """Return the messages of a long thread up to the last one that is cited."""
    last = max((n for n, m in enumerate(messages) if m.id in source.message_ids), default=len(messages) - 1)
    return messages[: last + 3][-MAX_SAID:]


def _said(message: Message, source: Source) -> Said:
    return Said(who=message.author.name or message.author.id, text=message.text, cited=message.id in source.message_ids)
