"""What Lark's kinds of messages say, in the order in which people read it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.lark.content import MAX_FORWARDED, Content, content_of, named, unfold
from adapters.lark.foreign import obj, text
from adapters.lark.parse import received

PAYLOADS = Path(__file__).parents[1] / "payloads" / "lark"


def content(name: str) -> Content:
    what = received(json.loads((PAYLOADS / f"{name}.json").read_text("utf-8")))
    assert what is not None
    mentions = {mention.key: mention.name for mention in what.mentions}
    return content_of(what.kind, what.content, message_id=what.id, mentions=mentions)


def test_rich_text_is_read_from_top_to_bottom() -> None:
    assert content("post").text == (
        "发布失败\n"
        "Step 1: the runbook (https://docs.example.com/run) says, ask @Vigil\n"
        "\n```bash\nkubectl rollout undo deploy/api\n```\n"
        "完了 :SMILE:\n"
        "\n---\n"
        "**bold** end"
    )
    assert [file.id for file in content("post").files] == ["om_post/img_v2_1", "om_post/file_v2_9"]


def test_rich_text_in_several_languages_is_read_in_one() -> None:
    both = {"zh_cn": {"title": "标题", "content": [[{"tag": "text", "text": "正文"}]]}, "en_us": {"content": []}}
    assert content_of("post", json.dumps(both), message_id="m", mentions={}).text == "标题\n正文"


def test_a_card_is_read_as_text_and_its_chart_is_attached() -> None:
    card = content("interactive")
    assert card.text == "CPU above 90 %\nhost db-7 (https://mon.example.com/h/7)\nAcknowledge"
    assert [file.id for file in card.files] == ["om_card/img_v2_chart"]


def test_a_card_of_version_2_is_read_header_first() -> None:
    lines = content("interactive_schema_2").text.splitlines()
    assert lines == ["Deploy 42", "production", "**failed** at step 3", "left", "right", "Roll back"]


def test_a_card_as_the_history_wraps_it_is_read() -> None:
    inner = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "inside"}]}}
    wrapped = json.dumps({"json_card": json.dumps(inner), "card_schema": 2})
    assert content_of("interactive", wrapped, message_id="m", mentions={}).text == "inside"


@pytest.mark.parametrize(
    ("name", "file", "media", "label"),
    [
        ("image", "om_image/img_v2_041b28e3", "image", "image"),
        ("file", "om_file/file_v2_b53c", "file", "trace 日志.txt"),
        ("audio", "om_audio/file_v2_a", "audio", "audio"),
        ("media", "om_media/file_v2_m", "video", "screen.mp4"),
    ],
)
def test_files_are_attached_with_the_message_that_they_came_in(name: str, file: str, media: str, label: str) -> None:
    (attached,) = content(name).files
    assert (attached.id, attached.media_type, attached.name) == (file, media, label)
    assert content(name).text == ""


def test_the_size_of_a_file_is_known_where_lark_tells_it() -> None:
    assert content("file").files[0].size_bytes == 2048


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sticker", ""),
        ("share_chat", "[group oc_0dd200d3]"),
        ("share_user", "[contact ou_0dd200d3]"),
        ("location", "[location Shanghai DC 2]"),
        ("merge_forward", ""),
    ],
)
def test_other_kinds_say_what_they_are(name: str, words: str) -> None:
    assert content(name).text == words


def test_forwarded_messages_are_unfolded_oldest_first() -> None:
    items = json.loads((PAYLOADS / "merge_forward_items.json").read_text("utf-8"))
    bundle = unfold(items, message_id="om_bundle", name_of={"ou_asker": "李雷", "ou_analyst": "Ann"}.get)  # type: ignore[arg-type]
    assert bundle.text == "李雷: ORA-12514?\nAnn: try lsnrctl start\nAnn:\n  ou_c: [image]"
    assert [file.id for file in bundle.files] == ["om_bundle/img_v2_f"]


def test_bundles_that_contain_each_other_end() -> None:
    def item(own: str, upper: str) -> dict[str, str]:
        return {"message_id": own, "upper_message_id": upper, "msg_type": "merge_forward"}

    endless = [item("a", "b"), item("b", "a"), item("b", "a"), item("a", "b")]
    assert len(unfold(endless, message_id="a", name_of=str).text.splitlines()) <= MAX_FORWARDED


def test_longer_placeholders_are_named_first() -> None:
    assert named("@_user_1 @_user_10 @_all", {"@_user_1": "A", "@_user_10": "B"}) == "@A @B @all"


def test_mentions_as_bots_write_them_are_named() -> None:
    said = json.dumps({"text": '<at user_id="ou_1">Tom</at> look'})
    assert content_of("text", said, message_id="m", mentions={}).text == "@Tom look"


def test_deep_nesting_is_cut_off() -> None:
    deep = '{"elements":' + '[{"elements":' * 400 + "[]" + "}]" * 400 + "}"
    assert content_of("interactive", deep, message_id="m", mentions={}).text == ""


@given(st.text())
def test_content_that_is_no_json_is_taken_as_it_is(words: str) -> None:
    assert content_of("text", "x" + words, message_id="m", mentions={}).text == ("x" + words).strip()


def test_reading_foreign_json_finds_only_what_fits() -> None:
    assert text({"a": {"b": 5}}, "a", "b") == "5"
    assert text({"a": True}, "a") == ""
    assert text({"a": "\ud800 \0x"}, "a") == "? x"
    assert obj({"a": []}, "a") == {}
