"""Bad input gets one clear error that names the place and the mend, and nothing else is lost."""

import io
import json
import resource
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from tests.flow.program import Program

GOOD = {"id": "g1", "issue": "the VPN drops after an hour", "resolution": "Set `rekey` to 8h in the client profile."}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


def one_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 1, text
    return lines[0]


async def test_broken_lines_of_an_import_are_named_and_skipped(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "entries.jsonl"
    good = json.dumps({**GOOD, "unknown_field": 1}).encode()
    file.write_bytes(b"\n".join([good, b"{broken", b'{"issue": "no resolution"}', b'{"issue": "\xff\xfe"}']))

    code, out, err = await program.vigil("kb", "import", str(file), "--json")

    assert code == 0
    told = json.loads(out)
    assert {name: told[name] for name in ("read", "changed", "unchanged", "skipped")} == {
        "read": 1,
        "changed": 1,
        "unchanged": 0,
        "skipped": 3,
    }
    assert all(f"line {number}" in err for number in (2, 3, 4))
    code, out, _ = await program.vigil("kb", "import", str(file), "--json")
    assert json.loads(out)["changed"] == 0


async def test_broken_lines_of_a_threads_file_are_named_skipped_and_counted(program: Program, tmp_path: Path) -> None:
    thread = {
        "thread_id": "t1",
        "channel": "c",
        "surprise": True,
        "messages": [{"id": "m1", "author": "u", "ts": 1_600_000_000, "text": "how do I mount a volume?"}],
    }
    huge = {**thread, "thread_id": "t2", "messages": [{**thread["messages"][0], "id": "m2", "text": "x" * 2 * 1024**2}]}  # type: ignore[index]
    file = tmp_path / "threads.jsonl"
    lines = [json.dumps(thread).encode(), b"{broken", json.dumps(huge).encode(), b'{"thread_id": "\xff"}']
    file.write_bytes(b"\n".join(lines))

    code, _, err = await program.vigil("replay", str(file), "--out", str(tmp_path / "out"))

    assert code == 0, err
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["threads"], summary["messages"], summary["skipped_lines"]) == (1, 1, 3)
    assert all(f"line {number}" in err for number in (2, 3, 4))


@pytest.mark.parametrize(
    ("setting", "value", "mend"),
    [
        ("VIGIL_SETTLE_S", "soon", "VIGIL_SETTLE_S"),
        ("VIGIL_CONSOLE_ADDRESS", "0.0.0.0:80", "VIGIL_CONSOLE_TOKEN"),
        ("VIGIL_DISTILL_CRON", "daily", "VIGIL_DISTILL_CRON"),
        ("VIGIL_EMBEDDER", "bert", "VIGIL_EMBEDDER"),
        ("VIGIL_SLACK_BOT_TOKEN", "xoxb-not-real", "VIGIL_SLACK_APP_TOKEN"),
        ("VIGIL_SLACK_APP_TOKEN", "xoxb-not-real", "xapp-"),
    ],
)
async def test_a_wrong_setting_ends_the_program_with_one_line(
    tmp_path: Path, setting: str, value: str, mend: str
) -> None:
    program = Program(tmp_path / "home", **{setting: value})
    code, _, err = await program.vigil("run")
    assert code == 1
    assert mend in one_line(err)
    assert not (tmp_path / "home" / "vigil.db").exists()


async def test_a_wrong_policy_file_is_refused_with_its_place(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[default]\nmode = "loud"\n')
    code, _, err = await Program(tmp_path / "home", VIGIL_POLICY_FILE=str(policy)).vigil("run")
    assert code == 1
    line = one_line(err)
    assert "policy.toml" in line
    assert "mode" in line


async def test_a_damaged_database_is_named_and_left_alone(program: Program, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "vigil.db").write_bytes(b"this is no database" * 500)
    code, _, err = await program.vigil("kb", "list")
    assert code == 1
    assert "vigil.db" in one_line(err)
    assert (home / "vigil.db").read_bytes().startswith(b"this is no database")


async def test_a_vector_folder_of_another_version_does_not_stop_the_words(program: Program, tmp_path: Path) -> None:
    entries = tmp_path / "entries.jsonl"
    entries.write_text(json.dumps(GOOD))
    await program.vigil("kb", "import", str(entries))
    (tmp_path / "home" / "chroma" / "chroma.sqlite3").write_bytes(b"from the future" * 1000)

    _, out, _ = await program.vigil("kb", "search", "VPN drops after an hour", "--json")
    assert json.loads(out)["hits"][0]["entry_id"] == "g1"
    code, out, _ = await program.vigil("doctor")
    assert code == 1
    assert "kb reindex" in out

    code, _, err = await program.vigil("kb", "reindex")
    assert code == 0, err
    code, out, _ = await program.vigil("doctor")
    assert code == 0, out


async def test_wrong_requests_get_a_hint(program: Program) -> None:
    await program.start()
    try:
        async with aiohttp.ClientSession(f"http://{program.address}") as session:
            for path, body, status in (
                ("/api/channels/support/messages", b"x" * (1024**2 + 10), 413),
                ("/api/channels/support/messages", b'{"author": "\xff"}', 400),
                ("/api/channels/nowhere/messages", b'{"author": "a", "text": "hi"}', 404),
                ("/api/operations/kb.show", b'{"id": "none"}', 404),
                ("/api/operations/unknown", b"{}", 404),
            ):
                headers = {"Content-Type": "application/json"}
                async with session.post(path, data=io.BytesIO(body), headers=headers) as reply:
                    assert reply.status == status, (path, await reply.text())
                    assert (await reply.json())["error"]
    finally:
        assert await program.stop() == 0


async def test_a_full_disk_refuses_new_messages_and_loses_none_that_were_taken(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    await program.start(before=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (1_500_000, 1_500_000)))
    taken = []
    refused = ""
    for number in range(200):
        text = f"note {number}: " + "lorem ipsum " * 1500
        try:
            posted = await program.say("support", "ann", "requester", text, client_id=f"n{number}")
        except AssertionError as error:
            refused = str(error)
            break
        taken.append(posted["id"])
    await program.kill()  # a full disk must not matter to what was taken

    assert "503" in refused
    assert "disk" in refused.lower()
    assert taken
    await program.start()
    assert set(taken) <= {m["id"] for m in await program.messages("support")}
    assert await program.stop() == 0
