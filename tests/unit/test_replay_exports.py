import json
import zipfile
from pathlib import Path

import pytest

from vigil_bot.errors import InputError
from vigil_bot.model.conversation import AuthorKind
from vigil_bot.model.event import ReactionChanged
from vigil_bot.replay import archive
from vigil_bot.replay.lark_text import plain as lark_plain
from vigil_bot.replay.slack_text import plain as slack_plain
from vigil_bot.replay.thread import ReplayThread, Skipped, timeline
from vigil_bot.replay.threads import SourceKind, kind_of, read

PAYLOADS = Path(__file__).parent.parent / "payloads"
SLACK, LARK = PAYLOADS / "slack_export", PAYLOADS / "threads" / "lark.json"


def read_all(source: Path) -> tuple[list[ReplayThread], list[Skipped]]:
    skipped: list[Skipped] = []
    return list(read(source, report=skipped.append)), skipped


def zipped(path: Path, folder: Path, *, top: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(folder.rglob("*.json")):
            made.write(file, f"{top}{file.relative_to(folder).as_posix()}")
        made.writestr(f"{top}__MACOSX/._users.json", "junk")
    return path


def test_a_slack_export_becomes_threads_by_channel_and_time() -> None:
    threads, skipped = read_all(SLACK)
    assert [(t.ref.channel_id, t.ref.thread_id, len(t.messages)) for t in threads] == [
        ("C2", "1709290000.000100", 1),
        ("C2", "1709290500.000100", 1),
        ("C1", "1709280060.000100", 3),
        ("C1", "1709283000.000300", 1),
    ]
    assert [(s.file, s.line, s.why) for s in skipped] == [("ops-help/2024-03-02.json", 2, "ts: is missing")]
    assert len(timeline(threads)) == 9


def test_slack_text_names_people_and_shows_links() -> None:
    question = next(t for t in read_all(SLACK)[0] if len(t.messages) == 3).messages[0]
    assert question.author.name == "Mara"
    assert question.text == (
        "Export to the SFTP server (https://sftp.example.com) fails with <code>EACCES</code> & exit 13, "
        "@Jon Berg any idea?"
    )


def test_slack_reactions_have_no_time_and_come_at_the_end() -> None:
    thread = next(t for t in read_all(SLACK)[0] if len(t.messages) == 3)
    reactions = [event for event in thread.events if isinstance(event, ReactionChanged)]
    assert [(r.emoji, r.author.id) for r in reactions] == [
        ("eyes", "U2"),
        ("white_check_mark", "U1"),
        ("white_check_mark", "U2"),
    ]
    assert {r.at for r in reactions} == {1709366400.0004}


def test_alerts_of_bots_are_read_from_attachments_and_blocks() -> None:
    first, second = (t.messages[0] for t in read_all(SLACK)[0][:2])
    assert (first.author.kind, first.author.name, first.text) == (
        AuthorKind.BOT,
        "Alertmanager",
        "DiskFull\nhost-7 /var at 97%",
    )
    assert (second.author.kind, second.text) == (AuthorKind.BOT, "*Resolved* host-7")


def test_files_beside_a_message_are_kept() -> None:
    lunch = read_all(SLACK)[0][-1].messages[0]
    assert lunch.text == "Anyone up for lunch? @here"
    assert [(a.name, a.media_type, a.size_bytes) for a in lunch.attachments] == [("menu.png", "image/png", 1200)]


@pytest.mark.parametrize("top", ["", "My export/"])
def test_a_zip_gives_what_its_folder_gives(tmp_path: Path, top: str) -> None:
    path = zipped(tmp_path / "export.zip", SLACK, top=top)
    assert kind_of(path) is SourceKind.SLACK
    assert read_all(path)[0] == read_all(SLACK)[0]


def test_a_broken_day_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("c/2024-01-01.json", '[{"ts": "1.0", "user": "u", "text": "a"')
        made.writestr("c/2024-01-02.json", '[{"ts": "2.0", "user": "u", "text": "b"}]')
    threads, skipped = read_all(path)
    assert [t.messages[0].text for t in threads] == ["b"]
    assert [(s.file, s.line) for s in skipped] == [("c/2024-01-01.json", 0)]


def test_a_file_that_unpacks_too_large_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 10_000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("c/2024-01-01.json", b" " * 1_000_000)
        made.writestr("c/2024-01-02.json", '[{"ts": "2.0", "user": "u", "text": "b"}]')
    threads, skipped = read_all(path)
    assert len(threads) == 1
    assert "larger than" in skipped[0].why


def test_an_export_that_is_too_large_in_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 500)
    with pytest.raises(InputError, match="fewer channels"):
        read_all(zipped(tmp_path / "export.zip", SLACK))
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    with pytest.raises(InputError, match="more than 2 files"):
        kind_of(SLACK)


def test_nothing_outside_of_an_export_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text("[]")
    folder = tmp_path / "export" / "c"
    folder.mkdir(parents=True)
    (folder / "2024-01-01.json").symlink_to(secret)
    (folder / "2024-01-02.json").write_text("[]")
    with archive.opened(tmp_path / "export") as export:
        assert export.names == ("c/2024-01-02.json",)
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in ("../evil/2024-01-01.json", "/abs/2024-01-01.json", "c/2024-01-01.json"):
            made.writestr(name, "[]")
    with archive.opened(path) as export:
        assert export.names == ("c/2024-01-01.json",)


def test_lark_messages_become_threads_by_root_or_topic() -> None:
    threads, skipped = read_all(LARK)
    assert [(t.ref.channel_id, t.ref.thread_id, [m.id for m in t.messages]) for t in threads] == [
        ("oc_1", "om_1", ["om_1", "om_2"]),
        ("oc_2", "om_5", ["om_5"]),
        ("oc_2", "om_6", ["om_6", "om_7"]),
    ]
    assert [(s.file, s.line, s.why) for s in skipped] == [("lark.json", 8, "create_time: is missing")]


def test_lark_text_names_people_and_shows_links() -> None:
    question, answer = read_all(LARK)[0][0].messages
    assert question.text == "@李雷 @韩梅 数据库连接不上"
    assert answer.text == "步骤\n重启 文档 (https://docs.example.com/x)\n@王五"
    assert (question.sent_at, answer.reply_to) == (1700000000.0, "om_1")


def test_lark_bots_files_and_reactions_are_kept() -> None:
    asked, file, _ = read_all(LARK)[0]
    assert file.messages[0].author.kind is AuthorKind.BOT
    assert file.messages[0].attachments[0].name == "log.txt"
    [reaction] = [event for event in asked.events if isinstance(event, ReactionChanged)]
    assert (reaction.emoji, reaction.at) == ("white_check_mark", 1700000900.0)


@pytest.mark.parametrize("shape", ["items", "list", "pages", "lines", "folder"])
def test_lark_messages_are_taken_in_every_documented_shape(tmp_path: Path, shape: str) -> None:
    reply = json.loads(LARK.read_text())
    items = reply["data"]["items"]
    path = tmp_path / "lark.json"
    texts = {
        "items": json.dumps({"items": items}),
        "list": json.dumps(items, indent=2),
        "pages": json.dumps([{"data": {"items": items[:3]}}, {"data": {"items": items[3:]}}]),
        "lines": "\n".join(json.dumps(item) for item in items) + "\n{broken\n",
        "folder": json.dumps(reply),
    }
    path.write_text(texts[shape])
    threads, skipped = read_all(tmp_path if shape == "folder" else path)
    assert threads == read_all(LARK)[0]
    assert len(skipped) == (2 if shape == "lines" else 1)


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("text", "no json", "no json"),
        ("text", '{"text": 5}', ""),
        ("image", '{"image_key": "k"}', ""),
        ("post", '{"zh_cn": {"title": "", "content": [[{"tag": "code_block", "text": "ls"}]]}}', "```\nls\n```"),
        ("interactive", '{"elements": [[{"tag": "text", "text": "a"}, {"tag": "text", "text": "b"}]]}', "ab"),
    ],
)
def test_lark_bodies_of_all_kinds_are_made_plain(kind: str, content: str, told: str) -> None:
    assert lark_plain(kind, content, {}) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<@U9> in <#C1|ops> <!subteam^S1|@oncall>", "@U9 in #ops @oncall"),
        ("<mailto:a@b.c|a@b.c> <https://x.y/z|x.y/z>", "a@b.c https://x.y/z"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
    ],
)
def test_slack_marks_are_made_plain(text: str, told: str) -> None:
    assert slack_plain(text, {}) == told
