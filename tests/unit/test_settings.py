import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.errors import SettingsError
from vigil_bot.model.policy import Mode
from vigil_bot.settings import Address, Settings, load_settings, parse_address, unknown_variables

EXAMPLE = Path(__file__).parents[2] / ".env.example"
pytestmark = pytest.mark.usefixtures("home")


def test_without_any_variable_the_local_page_runs_on_the_builtin_reasoner(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("VIGIL_HOME")
    settings = load_settings()
    assert settings.sqlalchemy_url == f"sqlite:///{tmp_path}/data/vigil.db"
    assert settings.model_base_url is None
    assert settings.settle_s is None
    assert settings.remote_platforms == ()


def test_the_environment_wins_over_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("VIGIL_SETTLE_S=5\nVIGIL_LOG_LEVEL=debug\n")
    monkeypatch.setenv("VIGIL_SETTLE_S", "7")
    assert (load_settings().settle_s, load_settings().log_level) == (7.0, "debug")


def test_empty_means_not_set_and_spaces_and_case_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_SETTLE_S", "")
    monkeypatch.setenv("VIGIL_DEFAULT_MODE", " Private ")
    assert (load_settings().settle_s, load_settings().default_mode) == (None, Mode.PRIVATE)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().settle_s = 3.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("VIGIL_SETTLE_S", "soon", "valid number"),
        ("VIGIL_SETTLE_S", "-1", "greater than or equal to 0"),
        ("VIGIL_SETTLE_S", "nan", "finite"),
        ("VIGIL_DEFAULT_MODE", "loud", "'off', 'shadow', 'private' or 'on'"),
        ("VIGIL_CONSOLE_ADDRESS", "8765", "host:port"),
        ("VIGIL_CONSOLE_ADDRESS", "localhost:99999", "host:port"),
        ("VIGIL_CONSOLE_ADDRESS", "::1:8765", "brackets"),
        ("VIGIL_DATABASE_URL", "mysql://root:hunter22@db/x", "sqlite:// or postgresql://"),
        ("VIGIL_CHROMA_URL", "localhost:8000", "http://"),
        ("VIGIL_CHROMA_URL", "http://[::1", "http://"),
        ("VIGIL_EMBEDDER", "best", "'auto', 'builtin', 'minilm' or 'openai'"),
        ("VIGIL_DISTILL_CRON", "61 * * * *", "61"),
        ("VIGIL_DISTILL_CRON", "hourly", "expected 5"),
        ("VIGIL_WORKER_SLOTS", "0", "greater than or equal to 1"),
        ("VIGIL_CONSOLE_TOKEN", "short", "at least 16 characters"),
    ],
)
def test_a_wrong_value_names_the_variable_the_fault_and_an_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    text = str(caught.value)
    assert text.startswith(f"{name}: ")
    assert says in text
    assert f"e.g. {name}=" in text
    assert "\n" not in text


def test_a_wrong_secret_is_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_DATABASE_URL", "mysql://root:hunter22@db/x")
    monkeypatch.setenv("VIGIL_CONSOLE_TOKEN", "hunter33")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hunter" not in str(caught.value)
    assert caught.value.__cause__ is None  # pydantic's error quotes its input
    assert caught.value.__suppress_context__


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_SLACK_BOT_TOKEN", "xoxb-hunter22")
    monkeypatch.setenv("VIGIL_DATABASE_URL", "postgresql://root:hunter22@db/x")
    settings = load_settings()
    assert "hunter22" not in repr(settings)
    assert settings.sqlalchemy_url == "postgresql://root:hunter22@db/x"
    assert settings.remote_platforms == ("slack",)


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"VIGIL_MODEL_NAME": "m"}, "need VIGIL_MODEL_BASE_URL"),
        ({"VIGIL_MODEL_BASE_URL": "http://localhost:11434/v1"}, "VIGIL_MODEL_NAME"),
        ({"VIGIL_EMBEDDER": "openai"}, "needs VIGIL_EMBEDDING_MODEL"),
        ({"VIGIL_CONSOLE_ADDRESS": "0.0.0.0:8765"}, "VIGIL_CONSOLE_TOKEN is required"),
    ],
)
def test_variables_that_need_each_other_say_so(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], says: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=says):
        load_settings()


def test_with_a_token_the_console_may_listen_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_CONSOLE_ADDRESS", "0.0.0.0:8765")
    monkeypatch.setenv("VIGIL_CONSOLE_TOKEN", "0123456789abcdef")
    settings = load_settings()
    assert settings.console == Address("0.0.0.0", 8765)
    assert settings.console_token is not None
    assert settings.console_token.get_secret_value() == "0123456789abcdef"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.8.8"])
def test_loopback_needs_no_token(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("VIGIL_CONSOLE_ADDRESS", f"{host}:0")
    assert load_settings().console_token is None


def test_an_ipv6_host_keeps_its_brackets_in_the_address_for_a_browser() -> None:
    assert parse_address("[::1]:80") == Address("::1", 80)
    assert parse_address("[::1]:80").url == "http://[::1]:80"


@given(st.text(max_size=30))
def test_an_address_is_read_or_refused(text: str) -> None:
    try:
        address = parse_address(text)
    except ValueError:
        return
    assert address.host
    assert 0 <= address.port <= 65_535


def test_an_unknown_variable_is_named_with_the_one_that_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("VIGIL_LOGLEVEL=info\nOTHER=1\n")
    monkeypatch.setenv("VIGIL_SETTEL_S", "3")
    assert unknown_variables() == [
        "VIGIL_LOGLEVEL is not a setting; did you mean VIGIL_LOG_LEVEL?",
        "VIGIL_SETTEL_S is not a setting; did you mean VIGIL_SETTLE_S?",
    ]


def test_a_line_of_the_env_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("VIGIL_SETTLE_S=5\n'this is not a line\nVIGIL_LOG_LEVEL=info\n")
    with pytest.raises(SettingsError, match=r"\.env, line 2"):
        load_settings()


def test_an_env_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"VIGIL_LOG_LEVEL=\xff\xfe\n")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings()


def test_an_env_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings()


def test_the_example_file_names_every_setting_and_nothing_else() -> None:
    named = set(re.findall(r"^#? ?(VIGIL_\w+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert named == {f"VIGIL_{field.upper()}" for field in Settings.model_fields}


def test_the_example_file_says_something_about_every_setting() -> None:
    blocks = EXAMPLE.read_text().split("\n\n")
    for block in blocks:
        if re.search(r"^# VIGIL_\w+=", block, re.MULTILINE):
            assert block.startswith("# "), block
            assert not block.startswith("# VIGIL_"), block


def test_the_defaults_in_the_example_file_are_those_of_the_program(tmp_path: Path) -> None:
    shown = dict(re.findall(r"^# (VIGIL_\w+)=(.*?)$", EXAMPLE.read_text(), re.MULTILINE))
    given = {name: value for name, value in shown.items() if value}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    settings = load_settings()
    for field, info in Settings.model_fields.items():
        if info.default is not None and field != "home":  # the home fixture sets that one
            assert getattr(settings, field) == info.default, field
