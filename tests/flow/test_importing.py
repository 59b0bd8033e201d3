"""`vigil kb import`, `export` and `upkeep` as an operator uses them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vigil_bot.cli import main

RUNBOOK = "# Kafka\n\n## Lag grows\n\nRestart the consumer.\n\n## Disk full\n\nLower retention.ms.\n"


def vigil(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def counted(path: Path) -> dict[str, int]:
    result = vigil("kb", "import", str(path), "--json")
    assert result.exit_code == 0, result.output
    counts: dict[str, int] = json.loads(result.stdout)
    return {name: count for name, count in counts.items() if count}


@pytest.fixture
def folder(home: Path, tmp_path: Path) -> Path:
    assert not home.exists()
    path = tmp_path / "runbooks"
    path.mkdir()
    return path


def test_a_folder_is_imported_then_only_what_changed_then_what_is_gone(folder: Path) -> None:
    (folder / "kafka.md").write_text(RUNBOOK)
    (folder / "vpn.txt").write_text("VPN drops\nUse TCP.")
    (folder / "table.jsonl").write_text('{"id": "e1", "issue": "a", "resolution": "b"}\n')
    (folder / "bad.pdf").write_bytes(b"no pdf")
    first = vigil("kb", "import", str(folder))
    assert (first.exit_code, "bad.pdf" in first.stderr) == (0, True)
    assert first.stdout == "4 entries read in 2 documents: 4 stored, 0 known already, 1 skipped\n"
    (folder / "bad.pdf").unlink()
    assert counted(folder) == {"read": 4, "unchanged": 4, "documents": 2}
    (folder / "kafka.md").write_text(RUNBOOK.replace("Lower", "Raise"))
    (folder / "vpn.txt").unlink()
    assert counted(folder) == {"read": 3, "changed": 1, "unchanged": 2, "documents": 1, "archived": 1}
    [hit] = json.loads(vigil("kb", "search", "kafka disk full", "-k", "1", "--json").stdout)["hits"]
    assert hit["resolution"] == "Raise retention.ms."
    shown = vigil("kb", "show", hit["entry_id"]).stdout
    assert f"source: {folder}/kafka.md" in shown


def test_a_file_that_cannot_be_read_is_one_clear_error(folder: Path) -> None:
    (folder / "x.xyz").write_text("?")
    result = vigil("kb", "import", str(folder / "x.xyz"))
    assert result.exit_code == 1
    assert "of no known kind" in result.stderr


def test_everything_that_is_exported_comes_back_in_another_place(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "kafka.md").write_text(RUNBOOK)
    counted(folder)
    entries = json.loads(vigil("kb", "list", "--json").stdout)
    assert vigil("kb", "edit", entries[0]["id"], "--title", "磁盘", "--why", "better").exit_code == 0
    assert vigil("kb", "archive", entries[1]["id"]).exit_code == 0
    out = tmp_path / "all.jsonl"
    assert vigil("kb", "export", str(out)).stdout == f"2 entries written to {out}\n"
    assert vigil("kb", "export").stdout == out.read_text()

    monkeypatch.setenv("VIGIL_HOME", str(tmp_path / "elsewhere"))
    assert counted(out) == {"read": 2, "changed": 2}
    assert vigil("kb", "export").stdout == out.read_text()
    assert counted(out) == {"read": 2, "unchanged": 2}
    history = json.loads(vigil("kb", "history", entries[0]["id"], "--json").stdout)
    assert [(v["kind"], v["by"], v["why"]) for v in history][1:] == [("edit", "operator", "better")]
    assert counted(folder) == {"read": 2, "unchanged": 2, "documents": 1}, "what came of the folder is known here too"


def test_upkeep_lists_what_is_worth_a_look(folder: Path) -> None:
    table = folder / "table.jsonl"
    double = {"issue": "payments pods crash with PAY-1203 after the rotation", "resolution": "Restart deploy/payments."}
    table.write_text("\n".join(json.dumps({"id": name, **double}) for name in ("e1", "e2")))
    counted(table)
    assert vigil("kb", "upkeep").stdout.splitlines() == [
        "entries looked at: 2, worth a look: 1",
        f"duplicate: e1  {double['issue']}  |  e2  {double['issue']}",
    ]
    result = json.loads(vigil("kb", "upkeep", "--json").stdout)
    assert [finding["kind"] for finding in result["findings"]] == ["duplicate"]
