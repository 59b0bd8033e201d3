"""`vigil kb approve ...` and `vigil forget`: what an operator decides about entries and people."""

from typing import Any

import click

from vigil_bot.cli_calls import call, json_option, show


@click.command()
@click.option("-k", "limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many.")
@json_option
def review(*, limit: int, as_json: bool) -> None:
    """List entries that wait for a person, most urgent first: contradicted, found wrong, alike, not validated."""
    items = call("kb.review", {"limit": limit})
    show(items, as_json=as_json, line=_item_line)
    if not items and not as_json:
        click.echo("nothing waits for review")


@click.command()
@click.argument("entry_id")
@click.option("--both", is_flag=True, help="What says otherwise is right as well.")
@json_option
def approve(entry_id: str, *, both: bool, as_json: bool) -> None:
    """Take an entry for right; entries that contradict it are replaced by it."""
    show(call("kb.approve", {"id": entry_id, "both": both}), as_json=as_json, line=_entry_line)


@click.command()
@click.argument("entry_id")
@click.option("--why", default="", help="Kept with the version.")
@json_option
def reject(entry_id: str, *, why: str, as_json: bool) -> None:
    """Take an entry for wrong: it is not used again, and posts that cite it are put right."""
    show(call("kb.reject", {"id": entry_id, "why": why}), as_json=as_json, line=_entry_line)


@click.command()
@click.argument("entry_id")
@click.argument("other_id")
@json_option
def merge(entry_id: str, other_id: str, *, as_json: bool) -> None:
    """Make one entry of two: the words of the first, the sources of both."""
    show(call("kb.merge", {"id": entry_id, "other": other_id}), as_json=as_json, line=_entry_line)


@click.command()
@click.argument("entry_id")
@click.argument("lines", type=click.IntRange(min=1), nargs=-1, required=True)
@json_option
def split(entry_id: str, lines: tuple[int, ...], *, as_json: bool) -> None:
    """Move sentences of a resolution (LINES, numbered from 1) into an entry of their own, which is shown."""
    show(call("kb.split", {"id": entry_id, "lines": list(lines)}), as_json=as_json, line=_entry_line)


@click.command()
@click.argument("entry_id")
@json_option
def undo(entry_id: str, *, as_json: bool) -> None:
    """Go back to the version before the last."""
    show(call("kb.undo", {"id": entry_id}), as_json=as_json, line=_entry_line)


@click.command()
@click.argument("person")
@click.option("--workspace", default="local", show_default=True, help="Slack's team id, or Lark's tenant key.")
@click.confirmation_option(prompt="This removes their messages and what rests on them alone, for good. Go on?")
@json_option
def forget(person: str, *, workspace: str, as_json: bool) -> None:
    """Forget what a PERSON (user id) wrote, with the knowledge that rests on it alone and its versions."""
    show(
        call("forget", {"person": person, "workspace": workspace}),
        as_json=as_json,
        line=lambda r: _forgotten(r, person, workspace),
    )


def _forgotten(r: dict[str, Any], person: str, workspace: str) -> str:
    if not (r["messages"] or r["removed"] or r["changed"]):
        return f"nothing is stored of {person!r} in the workspace {workspace!r}; --workspace names another"
    return f"messages emptied: {r['messages']}, entries removed: {len(r['removed'])}, shortened: {len(r['changed'])}"


KB = (review, approve, reject, merge, split, undo)


def _entry_line(entry: dict[str, Any]) -> str:
    return f"{entry['id']}  v{entry['version']}  {entry['confidence']}  {entry['title'] or entry['issue'][:80]}"


def _item_line(item: dict[str, Any]) -> str:
    others = f" by {', '.join(item['other_ids'])}" if item["other_ids"] else ""
    return f"{_entry_line(item)}  [{item['reason']}{others}]"
