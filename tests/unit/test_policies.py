import json
import os
from dataclasses import fields
from pathlib import Path

import pytest
import structlog

from vigil_bot.errors import SettingsError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import LearnedAudience, Mode, Policy, QuietHours, Reach
from vigil_bot.policies import Policies

SLACK = ConversationRef(platform="slack", workspace_id="T1", channel_id="C1", thread_id="9")
LOCAL = ConversationRef(platform="local", workspace_id="local", channel_id="general", thread_id="1")


def line_of(text: str, *, within: bool) -> str:
    """Return an example as a line of a file."""
    return json.dumps({"text": text, "label": "in_scope" if within else "reject"}) + "\n"


EXAMPLES = "".join(
    [
        *(line_of(f"how do I install driver {n}?", within=True) for n in range(20)),
        *(line_of(f"who comes to lunch {n}?", within=False) for n in range(20)),
    ]
)


class ChatSettings:
    """The part of the ledger that keeps what was set in chat."""

    def __init__(self, settings: dict[str, dict[str, str]] | None = None) -> None:
        self.settings = settings or {}

    async def channel_settings(self) -> dict[str, dict[str, str]]:
        return self.settings

    async def set_channel_setting(self, channel: str, name: str, value: str) -> None:
        self.settings.setdefault(channel, {})[name] = value

    async def unset_channel_setting(self, channel: str, name: str) -> bool:
        return self.settings.get(channel, {}).pop(name, None) is not None


def written(path: Path, text: str) -> Path:
    """Write the policy file with a time of change that differs from any before."""
    later = path.stat().st_mtime_ns + 1_000_000_000 if path.exists() else 1_000_000_000
    path.write_text(text)
    os.utime(path, ns=(later, later))
    return path


def test_the_local_page_speaks_and_other_platforms_watch() -> None:
    policies = Policies()
    assert policies.policy_of(LOCAL) == Policy(mode=Mode.ON, settle_s=3.0)
    assert policies.policy_of(SLACK) == Policy(mode=Mode.SHADOW, settle_s=30.0)


def test_the_settings_of_the_process_hold_on_every_platform() -> None:
    policies = Policies(settle_s=1.0, default_mode=Mode.PRIVATE)
    for ref in (LOCAL, SLACK):
        assert (policies.policy_of(ref).settle_s, policies.policy_of(ref).mode) == (1.0, Mode.PRIVATE)


def test_the_narrower_table_wins_key_by_key(tmp_path: Path) -> None:
    path = written(
        tmp_path / "policy.toml",
        """
        [default]
        max_per_day = 5
        settle_s = 60
        [platform.slack]
        mode = "private"
        settle_s = 45.5
        [channel."slack/T1/C1"]
        mode = "on"
        analysts = ["U1", "U2"]
        audience = "channel"
        quiet_hours = "22:00-07:30 Europe/Berlin"
        """,
    )
    policies = Policies(path=path, settle_s=1.0)
    assert policies.policy_of(SLACK) == Policy(
        mode=Mode.ON,
        settle_s=45.5,
        max_per_day=5,
        analysts=("U1", "U2"),
        audience=LearnedAudience.CHANNEL,
        quiet_hours=QuietHours(start_min=1320, end_min=450, zone="Europe/Berlin"),
    )
    other = ConversationRef(platform="slack", workspace_id="T1", channel_id="C2")
    assert policies.policy_of(other) == Policy(mode=Mode.PRIVATE, settle_s=45.5, max_per_day=5)
    assert policies.policy_of(LOCAL) == Policy(mode=Mode.ON, settle_s=60.0, max_per_day=5)


def test_a_thread_has_the_policy_of_its_channel() -> None:
    policies = Policies()
    assert policies.policy_of(SLACK) is policies.policy_of(SLACK.channel)


async def test_what_is_set_in_chat_wins_and_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path / "policy.toml", '[channel."slack/T1/C1"]\nmode = "off"\nmax_per_day = 2\n')
    ledger = ChatSettings()
    policies = Policies(path=path)
    assert policies.policy_of(SLACK).mode is Mode.OFF
    await policies.set(SLACK, "mode", "on", ledger)
    assert (policies.policy_of(SLACK).mode, policies.policy_of(SLACK).max_per_day) == (Mode.ON, 2)
    assert policies.policy_of(LOCAL).mode is Mode.ON

    restarted = Policies(path=path)
    await restarted.load(ledger)
    assert restarted.policy_of(SLACK).mode is Mode.ON


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("settle_s", "45", 45.0),
        ("target_precision", "0.9", 0.9),
        ("confidence", "0.99", 0.99),
        ("learn", "false", False),
        ("quiet_hours", "22:00-07:00", QuietHours(start_min=1320, end_min=420)),
        ("quiet_hours", "none", None),
        ("analysts", '["U1"]', ("U1",)),
    ],
)
async def test_any_setting_may_be_given_as_text(name: str, value: str, kept: object) -> None:
    policies = Policies()
    await policies.set(SLACK, name, value, ChatSettings())
    assert getattr(policies.policy_of(SLACK), name) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "loud"),
        ("mood", "on"),
        ("settle_s", "soon"),
        ("target_precision", "1.0"),
        ("confidence", "0.2"),
        ("mode", '"on"\nlearn = false'),
        ("mode", "[" * 5000),
    ],
)
async def test_a_wrong_setting_changes_nothing(name: str, value: str) -> None:
    policies, ledger = Policies(), ChatSettings()
    with pytest.raises(SettingsError):
        await policies.set(SLACK, name, value, ledger)
    assert ledger.settings == {}
    assert policies.policy_of(SLACK) == Policy()


async def test_a_stored_setting_that_is_not_understood_is_left_out_and_logged() -> None:
    policies = Policies()
    with structlog.testing.capture_logs() as lines:
        await policies.load(ChatSettings({"slack/T1/C1": {"mood": "fine", "mode": "on"}}))
    assert policies.policy_of(SLACK).mode is Mode.ON
    assert [line["event"] for line in lines] == ["policy.setting_ignored"]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path / "policy.toml", '[default]\nmode = "off"\n')
    policies = Policies(path=path)
    assert policies.policy_of(SLACK).mode is Mode.OFF
    assert not policies.reload()
    written(path, '[default]\nmode = "on"\n')
    assert policies.reload()
    assert policies.policy_of(SLACK).mode is Mode.ON


def test_a_changed_file_that_is_wrong_is_refused_and_the_old_rules_stay(tmp_path: Path) -> None:
    path = written(tmp_path / "policy.toml", '[default]\nmode = "off"\n')
    policies = Policies(path=path)
    for bad in ("[default\n", '[default]\nmode = "loud"\n'):
        written(path, bad)
        with structlog.testing.capture_logs() as lines:
            assert not policies.reload()
            assert not policies.reload()  # says so once
        assert [line["event"] for line in lines] == ["policy.refused"]
        assert policies.policy_of(SLACK).mode is Mode.OFF
    path.unlink()
    assert not policies.reload()
    assert policies.policy_of(SLACK).mode is Mode.OFF
    path.write_text('[default]\nmode = "private"\n')
    assert policies.reload()
    assert policies.policy_of(SLACK).mode is Mode.PRIVATE


def test_examples_of_what_a_channel_is_for_are_read_anew_when_they_change(tmp_path: Path) -> None:
    written(tmp_path / "policy.toml", '[channel."slack/T1/C1"]\nscope = "scope.jsonl"\n')
    examples = written(tmp_path / "scope.jsonl", EXAMPLES)
    policies = Policies(path=tmp_path / "policy.toml")
    scope = policies.policy_of(SLACK).scope
    assert scope is not None
    assert (scope.inside, scope.outside) == (20, 20)
    assert not policies.reload()
    written(examples, EXAMPLES + line_of("where is the beamer", within=False))
    assert policies.reload()
    scope = policies.policy_of(SLACK).scope
    assert scope is not None
    assert scope.outside == 21


@pytest.mark.parametrize(
    ("examples", "says"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"\xff\n", "is not UTF-8 text, at byte 0"),
        (b'\n{"text": "x"}\n', 'line 2 must be like {"text": '),
        (b'{"text": "x", "label": "reject"}\n', "has 0 examples in scope and 1 to reject; it needs 20 of each"),
    ],
)
def test_a_fault_in_the_examples_is_named_and_the_old_rules_stay(
    tmp_path: Path, examples: bytes | None, says: str
) -> None:
    written(tmp_path / "policy.toml", '[default]\nscope = "scope.jsonl"\n')
    if examples is not None:
        (tmp_path / "scope.jsonl").write_bytes(examples)
    with pytest.raises(SettingsError) as caught:
        Policies(path=tmp_path / "policy.toml")
    assert "policy.toml: [default] scope: the file" in str(caught.value)
    assert says in str(caught.value)
    written(tmp_path / "scope.jsonl", EXAMPLES)
    policies = Policies(path=tmp_path / "policy.toml")
    (tmp_path / "scope.jsonl").write_bytes(examples or b"")
    with structlog.testing.capture_logs() as lines:
        assert not policies.reload()
    assert [line["event"] for line in lines] == ["policy.refused"]
    assert policies.policy_of(SLACK).scope is not None


def test_a_narrower_table_takes_the_examples_back(tmp_path: Path) -> None:
    written(tmp_path / "scope.jsonl", EXAMPLES)
    text = '[default]\nscope = "scope.jsonl"\n[channel."slack/T1/C1"]\nscope = ""\n'
    policies = Policies(path=written(tmp_path / "policy.toml", text))
    assert policies.policy_of(SLACK).scope is None


async def test_examples_cannot_be_named_in_chat() -> None:
    with pytest.raises(SettingsError, match="scope: is set in the policy file only"):
        await Policies().set(SLACK, "scope", "/etc/passwd", ChatSettings())


def test_a_file_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="VIGIL_POLICY_FILE"):
        Policies(path=tmp_path / "none.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b'[default]\nmode = "\xff"\n')
    with pytest.raises(SettingsError, match=r"policy\.toml is not UTF-8 text, at byte 18"):
        Policies(path=tmp_path / "policy.toml")


def test_every_rule_of_a_policy_can_be_set_in_the_file(tmp_path: Path) -> None:
    everything = {
        "mode": '"on"',
        "min_relevance": "0.7",
        "target_precision": "0.8",
        "confidence": "0.95",
        "settle_s": "1",
        "cooldown_s": "2",
        "max_per_day": "3",
        "max_per_thread": "4",
        "quiet_hours": '"01:00-02:00"',
        "analysts": '["U1"]',
        "read_bots": '["B1"]',
        "learn": "false",
        "audience": '"everyone"',
        "reach": '"private"',
        "status_card": "false",
        "nudge_after_s": "5",
        "close_after_s": "6",
        "suggestion_ttl_s": "7",
        "answer_within_s": "8",
        "update_after_s": "9",
        "ask_missing": "true",
        "zone": '"Europe/Berlin"',
        "languages": '["zh"]',
        "avoid": '["salary"]',
        "scope": '"scope.jsonl"',
        "react": "true",
        "provisional": '"private"',
        "links": '["docs.example.com"]',
        "owners": '["U2"]',
        "report_at": '"fri 16:30"',
        "desk": '"C9"',
        "handoff_at": '["09:00", "21:00"]',
        "handoff_to": '["U3"]',
        "watch": '{ down = { pattern = "is down" } }',
    }
    written(tmp_path / "scope.jsonl", EXAMPLES)
    lines = [f"{key} = {value}" for key, value in everything.items()]
    policy = Policies(path=written(tmp_path / "p.toml", "\n".join(["[default]", *lines]))).policy_of(SLACK)
    assert set(everything) == {field.name for field in fields(Policy)}
    for field in fields(Policy):
        assert getattr(policy, field.name) != field.default, field.name


@pytest.mark.parametrize("reach", [Reach.PRIVATE, Reach.SHARED])
async def test_what_is_learned_in_a_closed_channel_stays_there_after_a_restart_too(reach: Reach) -> None:
    kept = ChatSettings()
    await Policies().saw(SLACK, reach, kept)
    again = Policies()
    await again.load(kept)
    policy = again.policy_of(SLACK)
    assert (policy.reach, policy.audience) == (reach, LearnedAudience.CHANNEL)
    await again.saw(SLACK, Reach.OPEN, kept)
    assert again.policy_of(SLACK).audience is LearnedAudience.WORKSPACE


async def test_the_policy_file_may_say_that_a_private_channel_is_open(tmp_path: Path) -> None:
    text = f'[channel."{SLACK.channel.key}"]\nreach = "open"\naudience = "everyone"\n'
    policies = Policies(path=written(tmp_path / "p.toml", text))
    await policies.saw(SLACK, Reach.PRIVATE, ChatSettings())
    assert policies.policy_of(SLACK).audience is LearnedAudience.EVERYONE
