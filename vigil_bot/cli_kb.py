"""`vigil kb ...`: the knowledge base from the command line."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from pydantic import JsonValue

from vigil_bot.cli_calls import Commands, call, call_all, json_option, show
from vigil_bot.errors import InputError
from vigil_bot.model.knowledge import SHOWN_FROM, Confidence
from vigil_bot.operation import Parameters

IMPORT_BATCH = 200  # entries in one call; they stay far below the limit of a request
RESTORE_BATCH = 20  # entries with all their versions
FILES_BATCH = 8
_COUNTED = ("read", "changed", "unchanged", "skipped", "documents", "archived", "marked")
_PAGE = 200


@click.group(cls=Commands)
def kb() -> None:
    """Search, import, edit and undo what is known."""


@kb.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@json_option
def import_(file: Path, *, as_json: bool) -> None:
    """Import entries (JSON Lines), or documents: .md .txt .html .pdf .docx, or a folder of them.

    Importing the same again changes nothing; of documents only those that have changed are read, and what came of a file that is not
    in the folder any more is taken out of use. What cannot be read is reported and skipped.
    """
    from vigil_bot.desk import files_of  # noqa: PLC0415 -- heavy, and not needed for --help

    tables, documents = files_of(file)
    total: Counter[str] = Counter()
    total.update(_import_entries(file, tables))
    if documents or file.is_dir():
        total.update(_import_documents(file, documents))
    if total["skipped"] and not total["read"]:
        raise InputError(f"Nothing in {file} can be read.")
    show({name: total[name] for name in _COUNTED}, as_json=as_json, line=_import_line)


def _import_entries(given: Path, files: Sequence[Path]) -> dict[str, int]:
    from vigil_bot.desk import read_entries  # noqa: PLC0415

    calls: list[tuple[str, Parameters]] = []
    skipped: list[str] = []
    for file in files:
        whole, plain, faults = read_entries(file)
        skipped += faults
        for name, entries, size in (("kb.restore", whole, RESTORE_BATCH), ("kb.import", plain, IMPORT_BATCH)):
            calls += [(name, {"entries": batch, "why": f"import of {given.name}"}) for batch in _batches(entries, size)]
    results: list[Any] = list(call_all(calls, progress="importing")) if calls else []
    counts = {name: sum(r[name] for r in results) for name in ("read", "changed", "unchanged")}
    return {**counts, "skipped": _report(skipped)}


def _import_documents(given: Path, files: Sequence[Path]) -> dict[str, int]:
    paths: list[JsonValue] = [str(file.absolute()) for file in files]
    calls: list[tuple[str, Parameters]] = [("kb.documents", {"files": batch}) for batch in _batches(paths, FILES_BATCH)]
    if given.is_dir():
        calls.append(("kb.documents_gone", {"path": str(given.absolute())}))
    results: list[Any] = list(call_all(calls, progress="reading documents"))
    read, changed = (sum(r[name] for r in results) for name in ("entries", "stored"))
    skipped = _report([line for r in results for line in r["failed"]])
    counts = {name: sum(r[name] for r in results) for name in ("documents", "archived", "marked")}
    return {**counts, "read": read, "changed": changed, "unchanged": read - changed, "skipped": skipped}


def _report(skipped: Sequence[str]) -> int:
    for line in skipped:
        click.echo(f"skipped {line}", err=True)
    return len(skipped)


def _import_line(r: dict[str, int]) -> str:
    of_documents = f" in {r['documents']} documents" if r["documents"] else ""
    gone = f", {r['archived']} taken out of use" if r["archived"] else ""
    marked = f", {r['marked']} marked for review" if r["marked"] else ""
    return (
        f"{r['read']} entries read{of_documents}: {r['changed']} stored, {r['unchanged']} known already"
        f"{gone}{marked}, {r['skipped']} skipped"
    )


@kb.command()
@json_option
def upkeep(*, as_json: bool) -> None:
    """Look after what is known, now, and list what is worth a look: doubles, disagreements, dead links, what nobody uses.

    A run looks at a part of the entries and goes on where the last one stopped; the schedule does so every night.
    """
    result: Any = call("kb.upkeep", {})
    if as_json:
        show(result, as_json=True, line=str)
        return
    click.echo(f"entries looked at: {result['looked_at']}, worth a look: {len(result['findings'])}")
    for finding in result["findings"]:
        why = f" ({finding['why'].replace('_', ' ')})" if finding["why"] else ""
        titles = "  |  ".join(f"{entry['id']}  {entry['title']}" for entry in finding["entries"])
        click.echo(f"{finding['kind']}{why}: {titles}")


@kb.command()
@click.argument("text", required=False)
@click.option(
    "--queries", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="One query a line (JSON)."
)
@click.option("-k", "limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many.")
@json_option
def search(text: str | None, *, queries: Path | None, limit: int, as_json: bool) -> None:
    """Find entries about TEXT, or about each query of a file."""
    if queries is not None:
        _search_file(queries, limit)
        return
    if not text:
        raise click.UsageError("Give TEXT or --queries FILE.")
    hits: Any = call("kb.search", {"text": text, "limit": limit})
    if as_json:
        click.echo(json.dumps({"hits": hits}, ensure_ascii=False))
        return
    near: Any = [hit for hit in hits if hit["score"] >= SHOWN_FROM]
    show(near, as_json=False, line=lambda h: f"{h['score']:.2f}  {h['entry_id']}  {h['title']}")
    if not near:
        click.echo("nothing found")


def _search_file(queries: Path, limit: int) -> None:
    asked = [_query(line, number) for number, line in _lines(queries)]
    calls: list[tuple[str, Parameters]] = [
        ("kb.search", {"brief": True, "limit": limit, **{k: v for k, v in query.items() if k != "query_id"}})
        for query in asked
    ]
    for query, hits in zip(asked, call_all(calls, progress="searching"), strict=True):
        click.echo(json.dumps({"query_id": query["query_id"], "hits": hits}, ensure_ascii=False))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8.", hint=f"Byte {error.start} is the first wrong one.") from error
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _query(line: str, number: int) -> Parameters:
    try:
        query = json.loads(line)
        return {
            "query_id": str(query["query_id"]),
            "text": str(query["text"]),
            "candidates": query.get("candidates"),
            "before": query.get("before"),
            "audience": query.get("audience"),
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = 'A query is {"query_id": "q1", "text": "..."}.'
        raise InputError(f"Line {number} of the queries cannot be read.", hint=hint) from error


@kb.command("list")
@click.option("--confidence", type=click.Choice(tuple(Confidence)), help="Only entries of this confidence.")
@click.option("-k", "limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many.")
@click.option("--after", default="", metavar="ID", help="Go on after this entry.")
@json_option
def list_(*, confidence: str | None, limit: int, after: str, as_json: bool) -> None:
    """List entries by id."""
    entries = call("kb.list", {"confidence": confidence, "limit": limit, "after": after})
    show(entries, as_json=as_json, line=_entry_line)


@kb.command("show")
@click.argument("entry_id")
@json_option
def show_(entry_id: str, *, as_json: bool) -> None:
    """Show one entry."""
    show(call("kb.show", {"id": entry_id}), as_json=as_json, line=_entry_text)


@kb.command()
@click.argument("entry_id")
@click.option("--title")
@click.option("--issue")
@click.option("--environment")
@click.option("--resolution")
@click.option("--cause")
@click.option("--confidence", type=click.Choice([c for c in Confidence if c is not Confidence.ARCHIVED]))
@click.option("--why", default="", help="Kept with the version.")
@json_option
def edit(entry_id: str, *, why: str, as_json: bool, **fields: str | None) -> None:
    """Change fields of an entry; the old version stays in its history."""
    changes: Parameters = {name: value for name, value in fields.items() if value is not None}
    show(call("kb.edit", {"id": entry_id, "changes": changes, "why": why}), as_json=as_json, line=_entry_line)


@kb.command()
@click.argument("entry_id")
@click.option("--why", default="", help="Kept with the version.")
@json_option
def archive(entry_id: str, *, why: str, as_json: bool) -> None:
    """Take an entry out of use."""
    show(call("kb.archive", {"id": entry_id, "why": why}), as_json=as_json, line=_entry_line)


@kb.command()
@click.argument("entry_id")
@click.option("--to", "version", type=click.IntRange(min=1), help="Version to go back to (the one before the last).")
@json_option
def revert(entry_id: str, *, version: int | None, as_json: bool) -> None:
    """Undo: make an earlier version the newest."""
    p: Parameters = {"id": entry_id} if version is None else {"id": entry_id, "version": version}
    show(call("kb.revert", p), as_json=as_json, line=_entry_line)


@kb.command()
@click.argument("entry_id")
@json_option
def history(entry_id: str, *, as_json: bool) -> None:
    """List the versions of an entry: who, when, why."""
    versions = call("kb.history", {"id": entry_id})
    show(versions, as_json=as_json, line=lambda v: f"v{v['entry']['version']}  {v['kind']}  {v['by']}  {v['why']}")


@kb.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def export(file: Path | None) -> None:
    """Write all entries with everything that is known of them as JSON Lines, to FILE or stdout; `kb import` takes them back."""
    lines = (json.dumps(entry, ensure_ascii=False) for entry in _all_entries())
    if file is None:
        for line in lines:
            click.echo(line)
        return
    with file.open("w", encoding="utf-8") as out:
        count = sum(1 for line in lines if out.write(f"{line}\n"))
    click.echo(f"{count} entries written to {file}")


@kb.command()
@json_option
def reindex(*, as_json: bool) -> None:
    """Make all vectors anew; needed after a change of the embedder."""
    show(call("kb.reindex", {}), as_json=as_json, line=lambda r: f"{r['indexed']} entries indexed")


@kb.command()
@json_option
def check(*, as_json: bool) -> None:
    """Compare all entries with their vectors, and put right what differs; exit 1 if that cannot be done."""
    show(call("kb.check", {}), as_json=as_json, line=_check_line)


def _check_line(c: Parameters) -> str:
    wrong = [f"{c[what]} {what}" for what in ("made", "replaced", "removed") if c[what]]
    return f"{c['entries']} entries: " + (
        f"vectors put right: {', '.join(wrong)}" if wrong else "every vector is right"
    )


def _all_entries() -> Iterator[Parameters]:
    after = ""
    while True:
        page: Any = call("kb.export", {"limit": _PAGE, "after": after})
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1]["id"]


def _batches(entries: Sequence[JsonValue], size: int) -> Iterator[list[JsonValue]]:
    return (list(entries[start : start + size]) for start in range(0, len(entries), size))


def _entry_line(entry: dict[str, Any]) -> str:
    return f"{entry['id']}  v{entry['version']}  {entry['confidence']}  {entry['title'] or entry['issue'][:80]}"


def _entry_text(entry: dict[str, Any]) -> str:
    parts = [_entry_line(entry), "", entry["issue"], "", entry["resolution"]]
    parts += [
        f"\nsource: {name}" for s in entry["sources"] if (name := s["permalink"] or s["thread_id"] or _document(s))
    ]
    return "\n".join(parts)


def _document(source: dict[str, Any]) -> str:
    revision = f" at {source['revision'][:12]}" if source["revision"] else ""
    return f"{source['document']}{revision}" if source["document"] else ""
