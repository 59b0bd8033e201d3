"""`vigil kb ...`: the knowledge base from the command line."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from pydantic import JsonValue

from vigil_bot.cli_calls import call, call_all, json_option, show
from vigil_bot.errors import InputError
from vigil_bot.operations import Parameters

IMPORT_BATCH = 200  # entries in one call; long documents stay far below the limit of a request
_PAGE = 500


@click.group()
def kb() -> None:
    """Search, import, edit and undo what is known."""


@kb.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@json_option
def import_(file: Path, *, as_json: bool) -> None:
    """Import entries (JSON Lines), or documents: .md .txt .html .pdf .docx, or a folder of them.

    Importing the same again changes nothing. A line that cannot be read is reported with its number and skipped.
    """
    from vigil_bot.desk import read_entries  # noqa: PLC0415 -- heavy, and not needed for --help

    entries, skipped = read_entries(file)
    for line in skipped:
        click.echo(f"skipped {line}", err=True)
    calls: list[tuple[str, Parameters]] = [
        ("kb.import", {"entries": batch, "why": f"import of {file.name}"}) for batch in _batches(entries, IMPORT_BATCH)
    ]
    results: list[Any] = list(call_all(calls, progress="importing")) if calls else []
    total: Parameters = {name: sum(r[name] for r in results) for name in ("read", "changed", "unchanged")}
    total["skipped"] = len(skipped)
    show(
        total,
        as_json=as_json,
        line=lambda r: (
            f"{r['read']} entries read: {r['changed']} stored, {r['unchanged']} known already, {r['skipped']} skipped"
        ),
    )


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
    hits = call("kb.search", {"text": text, "limit": limit})
    if as_json:
        click.echo(json.dumps({"hits": hits}, ensure_ascii=False))
        return
    show(hits, as_json=False, line=lambda h: f"{h['score']:.2f}  {h['entry_id']}  {h['title']}")
    if not hits:
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
@click.option("--confidence", help="work_in_progress, not_validated, validated or archived.")
@click.option("-k", "limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many.")
@click.option("--after", default="", metavar="ID", help="Go on after this entry.")
@json_option
def list_(*, confidence: str | None, limit: int, after: str, as_json: bool) -> None:
    """List entries by id."""
    entries = call("kb.list", {"confidence": confidence, "limit": limit, "after": after})
    show(entries, as_json=as_json, line=_entry_line)


@kb.command()
@click.option("-k", "limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many.")
@json_option
def review(*, limit: int, as_json: bool) -> None:
    """List entries that nobody has validated yet, most used first."""
    entries = call("kb.review", {"limit": limit})
    show(entries, as_json=as_json, line=_entry_line)
    if not entries and not as_json:
        click.echo("nothing waits for review")


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
@click.option("--confidence", help="work_in_progress, not_validated or validated.")
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
    """Write all entries as JSON Lines, to FILE or stdout."""
    from vigil_bot.desk import export_json  # noqa: PLC0415 -- heavy, and not needed for --help

    lines = [export_json(entry) for entry in _all_entries()]
    text = "".join(f"{line}\n" for line in lines)
    if file is None:
        click.echo(text, nl=False)
        return
    file.write_text(text, encoding="utf-8")
    click.echo(f"{len(lines)} entries written to {file}")


@kb.command()
@json_option
def reindex(*, as_json: bool) -> None:
    """Make all vectors anew; needed after a change of the embedder."""
    show(call("kb.reindex", {}), as_json=as_json, line=lambda r: f"{r['indexed']} entries indexed")


def _all_entries() -> Iterator[Parameters]:
    after = ""
    while True:
        page: Any = call("kb.list", {"limit": _PAGE, "after": after})
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
        f"\nsource: {s['permalink'] or s['thread_id']}" for s in entry["sources"] if s["permalink"] or s["thread_id"]
    ]
    return "\n".join(parts)
