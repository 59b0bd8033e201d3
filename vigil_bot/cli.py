"""The command line: each command parses, calls one function, prints one result."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from vigil_bot import __version__
from vigil_bot.cli_calls import Commands, call, json_option, show
from vigil_bot.cli_kb import kb
from vigil_bot.cli_review import KB as REVIEW
from vigil_bot.cli_review import forget
from vigil_bot.errors import VigilError


class Program(Commands):
    """Turns our errors into one line on stderr and exit code 1; bugs keep their traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except VigilError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vigil")
def main() -> None:
    """Vigil Bot: helps on-call and support channels without being asked. Times are UTC."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


@main.command()
def run() -> None:
    """Start every configured platform, and the local page."""
    from vigil_bot.serve import serve  # noqa: PLC0415 -- heavy, and not needed for --help

    asyncio.run(serve())


@main.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Check settings, store, vectors, model endpoint and platforms; exit 1 if something is wrong."""
    from vigil_bot.doctor import examine  # noqa: PLC0415

    findings = asyncio.run(examine())
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(finding.line())
    sys.exit(1 if any(finding.is_error for finding in findings) else 0)


_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@main.command()
@click.argument("source")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the results.")
@click.option("--knowledge", type=_file, help="Entries known beforehand (JSON Lines).")
@click.option("--learn/--no-learn", default=True, show_default=True, help="Distill closed cases in simulated time.")
@click.option("--policy", type=_file, help="Policy file (TOML).")
@click.option("--until-message", metavar="ID", help="Stop after this message.")
def replay(
    source: str, *, out: Path, knowledge: Path | None, learn: bool, policy: Path | None, until_message: str | None
) -> None:
    """Run over recorded threads and report what would have been said; nothing is posted.

    SOURCE is a threads file (JSON Lines), a Slack export (zip or folder), a Lark export, or `store` for the transcript
    that the bot keeps itself.
    """
    from vigil_bot.rehearsal import Rehearsal, rehearse  # noqa: PLC0415

    asked = Rehearsal(
        source=source, out=out, knowledge=knowledge, learn=learn, policy=policy, until_message=until_message
    )
    click.echo(asyncio.run(rehearse(asked)))


@main.command()
@click.option("--since", type=click.DateTime(), help="Only cases changed since then, UTC.")
@json_option
def distill(*, since: datetime | None, as_json: bool) -> None:
    """Turn resolved cases into knowledge entries, now."""
    result = call("distill", {} if since is None else {"since": since.replace(tzinfo=UTC).timestamp()})
    show(
        result,
        as_json=as_json,
        line=_distilled,
    )


def _distilled(r: dict[str, Any]) -> str:
    """Say what a run learned, and of the cases that it learned nothing from, why."""
    if not r["cases"]:
        return "no resolved case that is not known yet"
    counts = [(r["added"], "added"), (r["confirmed"], "confirmed"), (r["updated"], "updated")]
    counts += [(r["contradicted"], "waiting for review, because others contradict them")]
    entries = ", ".join(f"{count} {what}" for count, what in counts if count) or "none new"
    nothing = "".join(f"; nothing to learn from {count}: {why}" for why, count in r["rejected"].items())
    later = f"; {r['left']} left for the next run" if r["left"] else ""
    return f"resolved cases: {r['cases']}; entries: {entries}{nothing}{later}"


@main.command()
@click.argument("message")
@json_option
def why(message: str, *, as_json: bool) -> None:
    """Show the receipt of a message (permalink or id): why the bot spoke, or why not."""
    show(call("why", {"message": message}), as_json=as_json, line=lambda r: str(r["text"]))


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a consistent copy of everything that cannot be made again."""
    result = call("backup", {"path": str(file.resolve())})
    show(result, as_json=False, line=lambda r: f"{r['path']}: {r['bytes']:,} bytes")


@main.command()
@click.argument("file", type=_file)
def restore(file: Path) -> None:
    """Put a backup in place of the present data; `vigil run` must not run meanwhile."""
    from vigil_bot.desk import restore_backup  # noqa: PLC0415

    click.echo(restore_backup(file))


@main.command()
@click.option("--requeue", type=int, metavar="ID", help="Try this one again.")
@json_option
def dead(*, requeue: int | None, as_json: bool) -> None:
    """List events that were given up after failing too often."""
    if requeue is not None:
        result = call("requeue", {"id": requeue})
        show(result, as_json=as_json, line=lambda r: f"{r['requeued']} will be tried again")
        return
    letters = call("dead", {})
    show(letters, as_json=as_json, line=lambda d: f"{d['id']}  {d['kind']}  {d['error']}  {d['conversation']}")
    if not letters and not as_json:
        click.echo("none")


main.add_command(kb)
main.add_command(forget)
for _command in REVIEW:
    kb.add_command(_command)
