import io
import json
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from knowledge.exporting import parse_lines
from knowledge.importing import entry_line, read_path
from knowledge.importing_documents import MAX_SECTION_CHARS, document_entries
from vigil_bot.errors import InputError
from vigil_bot.model.knowledge import Audience, Confidence, EvidenceClass, KnowledgeEntry, Source

FULL = {
    "id": "e1",
    "title": "VPN drops",
    "issue": "VPN drops every ten minutes",
    "environment": "macOS 15",
    "resolution": "Switch to TCP 443.",
    "cause": "UDP sessions end early",
    "confidence": "validated",
    "audience": {"workspace": "T1", "channels": ["C1"]},
    "sources": [{"permalink": "https://chat/1", "thread_id": "t1", "message_ids": ["m1", "m2"]}],
    "created_at": 1571133605.25,
    "something_new": {"ignored": True},
}


def parse_entries(data: bytes) -> tuple[list[KnowledgeEntry], list[str]]:
    found, faults = parse_lines(data)
    return [entry for entry, _ in found], faults


def lines(*values: object) -> bytes:
    return "\n".join(v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values).encode()


def test_every_named_field_is_read() -> None:
    [entry], faults = parse_entries(lines(FULL))
    assert faults == []
    assert (entry.id, entry.title, entry.environment, entry.cause) == ("e1", "VPN drops", "macOS 15", FULL["cause"])
    assert entry.confidence is Confidence.VALIDATED
    assert entry.audience == Audience(workspace="T1", channels=("C1",))
    assert entry.sources == (
        Source(thread_id="t1", message_ids=("m1", "m2"), permalink="https://chat/1", evidence=EvidenceClass.IMPORTED),
    )
    assert entry.created_at == FULL["created_at"]


def test_only_issue_and_resolution_are_required_and_null_is_as_good_as_missing() -> None:
    entries, faults = parse_entries(
        lines(
            {"issue": "a", "resolution": "b"},
            {"issue": "a", "resolution": "b", "title": None, "audience": None, "sources": None, "created_at": None},
        )
    )
    assert faults == []
    assert entries[0] == entries[1]
    assert entries[0].audience == Audience()


def test_an_empty_issue_is_that_of_the_title() -> None:
    [entry], _ = parse_entries(lines({"title": "VPN drops", "issue": "", "resolution": "Use TCP."}))
    assert entry.issue == "VPN drops"


def test_an_id_comes_from_the_content_when_it_is_missing() -> None:
    [one], _ = parse_entries(lines({"issue": "a", "resolution": "b"}))
    [same], _ = parse_entries(lines({"resolution": "b", "issue": "a", "unknown": 1}))
    [other], _ = parse_entries(lines({"issue": "a", "resolution": "c"}))
    assert one.id == same.id != other.id
    assert one.content_hash == same.content_hash != other.content_hash


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{not json", "JSON"),
        ("[1, 2]", "JSON"),
        ({"issue": "a"}, "resolution"),
        ({"issue": "", "resolution": "b"}, "issue and title are both empty"),
        ({"issue": "a", "resolution": 7}, "resolution"),
        ({"issue": "a", "resolution": "b", "confidence": "certain"}, "confidence"),
        ({"issue": "a", "resolution": "b", "audience": "all"}, "audience"),
        ('{"issue": "a", "resolution": "b", "created_at": NaN}', "created_at"),
        ('{"issue": "\\ud800", "resolution": "b"}', "JSON"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_a_broken_line_is_named_by_its_number_and_nothing_else_is_lost(line: object, named: str) -> None:
    entries, [fault] = parse_entries(lines({"issue": "a", "resolution": "b"}, "", line, FULL))
    assert len(entries) == 2
    assert fault.startswith("line 3: ")
    assert named in fault
    assert len(fault) < 300


def test_a_line_that_is_no_utf8_is_named_and_skipped() -> None:
    entries, [fault] = parse_entries(b'{"issue": "\xff", "resolution": "b"}\n' + lines(FULL))
    assert [entry.id for entry in entries] == ["e1"]
    assert fault.startswith("line 1")


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault() -> None:
    entries, faults = parse_entries(b"\xef\xbb\xbf" + lines(FULL) + b"\r\n\r\n")
    assert (len(entries), faults) == (1, [])


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    st.builds(
        KnowledgeEntry,
        id=texts.filter(bool),
        issue=texts.filter(bool),
        resolution=texts,
        title=texts,
        environment=texts,
        cause=st.none() | texts,
        confidence=st.sampled_from(Confidence),
        audience=st.builds(Audience, workspace=texts, channels=st.lists(texts, max_size=2).map(tuple)),
        sources=st.lists(
            st.builds(
                Source,
                thread_id=st.none() | texts,
                message_ids=st.lists(texts, max_size=2).map(tuple),
                permalink=st.none() | texts,
                evidence=st.sampled_from(EvidenceClass),
            ),
            max_size=2,
        ).map(tuple),
        created_at=st.floats(0, 1e11),
    )
)
def test_what_is_exported_reads_back_without_loss(entry: KnowledgeEntry) -> None:
    [back], faults = parse_entries(entry_line(entry).encode())
    assert faults == []
    assert entry_line(back) == entry_line(entry)
    assert "\n" not in entry_line(entry)


@given(st.binary(max_size=300))
def test_any_bytes_give_entries_or_faults(data: bytes) -> None:
    entries, faults = parse_entries(data)
    assert len(entries) + len(faults) <= data.count(b"\n") + 1


MARKDOWN = b"""---
owner: ops
---
# Kafka runbook

How we run it.

## Lag grows

1. Look at the group.

```sh
# not a heading
kafka-consumer-groups --describe
```

## Disk full

Lower retention.ms.

Legacy
------

Old notes.
"""


def test_each_section_of_markdown_is_an_entry_with_its_heading() -> None:
    entries = document_entries("kafka.md", MARKDOWN)
    assert [entry.title for entry in entries] == ["Kafka runbook", "Lag grows", "Disk full", "Legacy"]
    assert entries[1].issue == "Kafka runbook › Lag grows"
    assert "# not a heading" in entries[1].resolution
    assert entries[1].environment == "kafka.md"
    assert {source.evidence for entry in entries for source in entry.sources} == {EvidenceClass.DOCUMENT}


def test_a_section_keeps_its_id_when_its_words_change() -> None:
    before, after = document_entries("k.md", MARKDOWN), document_entries("k.md", MARKDOWN.replace(b"Lower", b"Raise"))
    assert [e.id for e in before] == [e.id for e in after]
    assert [b.content_hash == a.content_hash for b, a in zip(before, after, strict=True)] == [True, True, False, True]


def test_headings_that_come_twice_give_two_entries() -> None:
    entries = document_entries("k.md", b"# A\none\n# A\ntwo\n")
    assert len({entry.id for entry in entries}) == 2


def test_a_long_section_is_cut_between_paragraphs() -> None:
    paragraph = "word " * 300
    entries = document_entries("k.md", f"# A\n\n{paragraph}\n\n{paragraph}\n\n{paragraph}\n\n{'x' * 9000}".encode())
    assert all(len(entry.resolution) <= MAX_SECTION_CHARS for entry in entries)
    assert sum(len(entry.resolution) for entry in entries) > 13_000


def test_a_web_page_gives_its_sections_and_none_of_its_scripts() -> None:
    page = "<html><head><title>x</title><style>p{}</style></head><body><nav>menu</nav><h1>VPN &amp; DNS</h1><p>Use&nbsp;TCP.</p><script>alert(1)</script><h2>磁盘</h2><ul><li>one<li>two</ul>"
    entries = document_entries("page.html", page.encode())
    assert [entry.title for entry in entries] == ["VPN & DNS", "磁盘"]
    assert "alert" not in "".join(entry.resolution for entry in entries)
    assert "one\ntwo" in entries[1].resolution


def test_a_word_document_gives_its_sections() -> None:
    document = Document()
    document.add_heading("Runbook", level=1)
    document.add_paragraph("Restart the pod.")
    document.add_heading("Rollback", level=2)
    document.add_paragraph("helm rollback shop 41")
    buffer = io.BytesIO()
    document.save(buffer)
    entries = document_entries("r.docx", buffer.getvalue())
    assert [(e.title, e.resolution) for e in entries] == [
        ("Runbook", "Restart the pod."),
        ("Rollback", "helm rollback shop 41"),
    ]


def test_a_text_has_its_first_line_as_heading() -> None:
    [entry] = document_entries("notes.txt", "磁盘写满\n清理 /var/log".encode())
    assert (entry.title, entry.resolution) == ("磁盘写满", "清理 /var/log")


def pdf(text: str) -> bytes:
    """A PDF of one page, written by hand."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj 0 -20 Td (Lower retention.ms.) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    return data + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


def test_each_page_of_a_pdf_is_an_entry() -> None:
    [entry] = document_entries("k.pdf", pdf("Disk full"))
    assert (entry.title, entry.issue) == ("Disk full", "page 1 › Disk full")
    assert "retention.ms" in entry.resolution


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"%PDF-1.4 broken"),
        ("a.pdf", b""),
        ("a.docx", b"PK broken"),
        ("a.docx", b""),
        ("a.md", b"\xff\xfe"),
        ("a.md", b""),
        ("a.html", b"<script>x</script>"),
    ],
)
def test_a_document_without_readable_text_is_one_clear_error(name: str, data: bytes) -> None:
    with pytest.raises(InputError):
        document_entries(name, data)


def test_a_folder_is_read_as_far_as_it_can_be(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.md").write_text("# hidden\ntext")
    (tmp_path / "sub" / "k.md").write_bytes(MARKDOWN)
    (tmp_path / "e.jsonl").write_bytes(lines(FULL, "broken"))
    (tmp_path / "bad.pdf").write_bytes(b"no pdf")
    (tmp_path / "program.exe").write_bytes(b"MZ")
    entries, skipped = read_path(tmp_path)
    assert len(entries) == 5
    assert [("bad.pdf" in line, "line 2" in line) for line in skipped] == [(True, False), (False, True)]


def test_nothing_readable_at_all_is_an_error_that_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text("broken")
    with pytest.raises(InputError, match="line 1"):
        read_path(tmp_path / "e.jsonl")
    with pytest.raises(InputError, match=r"\.jsonl"):
        read_path(tmp_path / "e.xyz")
    with pytest.raises(InputError):
        read_path(tmp_path / "missing.md")
