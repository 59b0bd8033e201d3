"""What resolved threads are turned into, judged by labels that a person gave to each result."""

import argparse
import asyncio
import hashlib
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.authority import evidence_of, outsiders, without_strange_links
from knowledge.distill_entry import audience_of, entry_of
from knowledge.grounding import ground
from knowledge.resolution import ready
from vigil_bot.app import Parts, simulated
from vigil_bot.assembly import engine_of
from vigil_bot.clock import SimulatedClock
from vigil_bot.errors import SettingsError
from vigil_bot.log import setup
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.model.policy import Mode
from vigil_bot.policies import Policies
from vigil_bot.redact import redact
from vigil_bot.replay.curves import Share
from vigil_bot.replay.thread import ReplayThread, timeline
from vigil_bot.replay.threads import read
from vigil_bot.settings import Settings, load_settings
from vigil_bot.simulation import EveryPlatform, SilentClient, Simulation

ROOT = Path(__file__).parents[2]
BUILTIN, MODEL = "builtin", "llm"
LABELS = {
    BUILTIN: ROOT / "tests" / "scenes" / "distill_labels.jsonl",
    MODEL: ROOT / "tests" / "scenes" / "distill_labels_llm.jsonl",
}
FILES = ("livechat_docker_2016_2017", "zulip_2022h1")
SEED = 8
OF_EACH = 50  # resolved threads of a file
PLAYED = 400  # threads of a file among which these are looked for
MIN_MESSAGES = 3
JUDGED = ("issue", "resolution", "complete", "general", "impersonal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A resolved thread and the entry that it leads to; None when the distiller takes it for nothing worth keeping.

    note says why the model did not make the entry, where the rules made it instead.
    """

    thread: ReplayThread
    entry: KnowledgeEntry | None
    note: str = ""

    @property
    def id(self) -> str:
        """The id of the thread in its file."""
        return self.thread.ref.thread_id or ""

    @property
    def hash(self) -> str:
        """What changes with the words of the entry; "" where there is none."""
        if self.entry is None:
            return ""
        words = "\0".join((self.entry.title, self.entry.issue, self.entry.resolution, self.entry.cause or ""))
        return hashlib.sha256(words.encode()).hexdigest()[:12]


def chosen(source: Path) -> list[ReplayThread]:
    """Return threads in which several people speak, in an order that the seed gives."""
    talks = [t for t in read(source, report=lambda _: None) if len(t.messages) >= MIN_MESSAGES]
    talks = [t for t in talks if len({m.author.id for m in t.messages}) > 1]
    random.Random(SEED).shuffle(talks)  # noqa: S311 -- to be repeated
    return talks[:PLAYED]


def settings_of(reasoner: str) -> Settings:
    """Return settings for a reasoner; the model is the one that VIGIL_MODEL_* names. Raises SettingsError if none is."""
    settings = load_settings()
    if reasoner == BUILTIN:
        return settings.model_copy(update={"embedder": "builtin", "model_name": None, "model_base_url": None})
    if not settings.model_name:
        raise SettingsError("No model is named.", hint="Set VIGIL_MODEL_BASE_URL and VIGIL_MODEL_NAME.")
    return settings.model_copy(update={"embedder": "builtin"})


async def results(source: Path, settings: Settings) -> list[Result]:
    """Play threads and distill those that the bot then takes for resolved, each by itself."""
    threads = chosen(source)
    events = timeline(threads)
    clock = SimulatedClock(events[0].at)
    policies = Policies(default_mode=Mode.OFF)
    async with simulated(settings, clock=clock, policies=policies) as parts:
        engine = engine_of(parts, EveryPlatform(SilentClient()))
        play = Simulation(clock=clock, queue=parts.store.queue, intake=engine.intake, worker=engine.worker)
        await play.run(events)
        found: list[Result] = []
        for thread in threads:
            case = await parts.store.cases.case(thread.ref.key)
            if case is not None and case.state.over and len(found) < OF_EACH:
                entry, note = await _distilled(parts, case, now=clock.now())
                found.append(Result(thread=thread, entry=entry, note=note))
        return found


async def _distilled(parts: Parts, case: Case, *, now: float) -> tuple[KnowledgeEntry | None, str]:
    """Return the entry of a case before it is compared with what is known, and the note of who made it."""
    ref = ConversationRef.from_key(case.conversation)
    conversation, policy = await parts.store.transcript.conversation(ref), parts.policies.policy_of(ref)
    evidence = ready(case, conversation, now=now, settle_s=0.0)
    draft = await parts.reasoner.extract(conversation, case) if evidence is not None else None
    grounded = ground(draft, conversation) if draft is not None else None
    strangers = outsiders(conversation, case, policy.analysts)
    vouched = without_strange_links(grounded, conversation, strangers) if grounded is not None else None
    if vouched is None or evidence is None:
        return None, draft.note if draft is not None else ""
    entry = entry_of(
        vouched,
        conversation,
        evidence=evidence_of(vouched, conversation, evidence, strangers),
        audience=audience_of(ref, policy),
        permalink=lambda message: message.permalink,
        redact=redact,
        now=now,
    )
    return entry, vouched.note


def report(found: Sequence[Result], labels: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Return the figures, then every miss with its reason, then what has changed since it was labelled."""
    current = [(r, labels[r.id]) for r in found if r.id in labels and labels[r.id]["hash"] == r.hash]
    yield f"{len(found)} resolved threads, seed {SEED}: {len(current)} labelled as they are now"
    seen = {r.id for r in found[::2]}  # the half that the rules of the extraction were chosen on
    failed = [r for r in found if r.note]
    if failed:
        yield f"the rules stood in for the model in {len(failed)} of them: {'; '.join(sorted({r.note for r in failed}))}"
    yield from _table("all", current)
    yield from _table("chosen on", [(r, label) for r, label in current if r.id in seen])
    yield from _table("held out", [(r, label) for r, label in current if r.id not in seen])
    for result, label in current:
        wrong = [name for name in (*JUDGED, "nothing") if label.get(name) is False]
        if wrong:
            yield f"- {result.id}: {', '.join(wrong)}: {label['why']}"
    changed = [r.id for r in found if r.id in labels and labels[r.id]["hash"] != r.hash]
    missing = [r.id for r in found if r.id not in labels]
    if changed or missing:
        yield f"to label again, for the entry has changed: {', '.join(changed) or 'none'}"
        yield f"never labelled: {', '.join(missing) or 'none'}"


def _table(half: str, current: Sequence[tuple[Result, Mapping[str, object]]]) -> Iterator[str]:
    made = [label for r, label in current if r.entry is not None]
    none = [label for r, label in current if r.entry is None]
    yield f"\n| {half} | right | of | share | 95% interval |\n|---|---|---|---|---|"
    for name in JUDGED:
        yield _row(name, sum(label[name] is True for label in made), len(made))
    yield _row("all of these", sum(all(label[name] is True for name in JUDGED) for label in made), len(made))
    yield _row("rightly nothing", sum(label["nothing"] is True for label in none), len(none))


def _row(name: str, right: int, of: int) -> str:
    share = Share(part=right, whole=of)
    low, high = share.interval or (0.0, 1.0)
    return f"| {name} | {right} | {of} | {share.value or 0.0:.2f} | {low:.2f} to {high:.2f} |"


def read_labels(path: Path) -> dict[str, dict[str, object]]:
    """Return the labels by thread."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {str(label["thread"]): label for label in map(json.loads, lines)}


def _shown(result: Result) -> str:
    """Return a thread and its entry, for the person who labels it."""
    said = "\n".join(f"  {m.author.name or m.author.id}: {m.text}" for m in result.thread.messages)
    entry = result.entry
    made = "(nothing)" if entry is None else f"TITLE {entry.title}\nISSUE {entry.issue}\nRESOLUTION {entry.resolution}"
    return f"=== {result.id} {result.hash}\n{result.thread.title or ''}\n{said}\n--- \n{made}\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Distill, and print what the labels say of it."""
    parser = argparse.ArgumentParser(prog="bench distill", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with threads/")
    parser.add_argument("--reasoner", choices=(BUILTIN, MODEL), default=BUILTIN, help="llm: the one of VIGIL_MODEL_*")
    parser.add_argument("--labels", type=Path, help="labels, instead of those of the reasoner in tests/scenes")
    parser.add_argument("--show", action="store_true", help="print the threads with their entries, to label them")
    options = parser.parse_args(argv)
    setup(level="error", fmt="json", stream=sys.stderr)
    files = [options.data / "threads" / f"{name}.jsonl" for name in FILES]
    if not all(file.exists() for file in files):
        print(f"There are no threads in {options.data}.", file=sys.stderr)
        return 1
    try:
        settings = settings_of(options.reasoner)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    found = [result for file in files for result in asyncio.run(results(file, settings))]
    labels = read_labels(options.labels or LABELS[options.reasoner])
    print("\n".join(map(_shown, found) if options.show else report(found, labels)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
