import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.errors import SettingsError
from vigil_bot.model.policy import QuietHours
from vigil_bot.policy_file import PolicyPatch, parse_policy, parse_quiet_hours

KEYS = st.sampled_from([*PolicyPatch.model_fields, "mood"])
SCALARS = st.one_of(
    st.booleans().map(lambda flag: str(flag).lower()),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(['"on"', '"22:00-07:00 Europe/Berlin"', '"none"', '["U1"]', "[1]", "{}", "1979-05-27"]),
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[default\n", "policy.toml is not TOML: Expected ']' at the end of a table declaration (at line 1, column 9)"),
        ("[platforms.slack]\n", "there is no table [platforms]; did you mean 'platform'?"),
        ("mode = 'on'\n", "there is no table [mode]"),
        ("default = 3\n", "[default] must be a table"),
        ("platform = 3\n", "platform must be a table"),
        ("platform.slack = 3\n", "[platform.slack] must be a table"),
        ("[default]\nmood = 'on'\n", "[default] there is no setting 'mood'; did you mean 'mode'?"),
        ("[default]\nmode = 'loud'\n", "[default] mode: input should be 'off', 'shadow', 'private' or 'on'."),
        ("[platform.slack]\nmax_per_day = 2.5\n", "[platform.slack] max_per_day: input should be a valid integer."),
        ("[default]\nmax_per_day = true\n", "[default] max_per_day: input should be a valid integer."),
        ("[default]\nlearn = 'yes'\n", "[default] learn: input should be a valid boolean."),
        ("[default]\nsettle_s = -1\n", "[default] settle_s: input should be greater than or equal to 0."),
        ("[default]\nsettle_s = nan\n", "[default] settle_s: input should be a finite number."),
        ("[default]\nmin_relevance = 85\n", "[default] min_relevance: input should be less than or equal to 1."),
        ("[default]\nanalysts = 'U1'\n", "[default] analysts: input should be a valid tuple."),
        ("[default]\nquiet_hours = '22-7'\n", "quiet_hours: must be like"),
        ("[default]\nquiet_hours = '24:00-07:00'\n", "quiet_hours: must be like"),
        ("[default]\nquiet_hours = 22\n", "quiet_hours: must be like"),
        ("[default]\nquiet_hours = '07:00-07:00'\n", "quiet_hours: begins when it ends"),
        (
            "[default]\nquiet_hours = '22:00-07:00 Europe/Berlinn'\n",
            "there is no time zone 'Europe/Berlinn'; did you mean 'Europe/Berlin'?",
        ),
        ("[default]\nquiet_hours = '22:00-07:00 ../../etc/passwd'\n", "there is no time zone"),
        ('[channel.C1]\nmode = "on"\n', '[channel."C1"] does not name a channel.'),
        ('[channel."slack/T1/C1/9"]\nmode = "on"\n', '[channel."slack/T1/C1/9"] does not name a channel.'),
        ('[channel."slack//C1"]\nmode = "on"\n', '[channel."slack//C1"] does not name a channel.'),
        ('[channel."slack/T1/C1"]\nmode = 3\n', '[channel."slack/T1/C1"] mode: '),
    ],
)
def test_a_fault_names_the_file_the_place_and_the_mend(text: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_policy(text, name="policy.toml")
    assert str(caught.value).startswith("policy.toml")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_channel_may_be_written_plainly_or_encoded() -> None:
    for key in ("local/local/支持", "local/local/%E6%94%AF%E6%8C%81"):
        rules = parse_policy(f'[channel."{key}"]\nmode = "on"\n', name="policy.toml")
        assert list(rules.channels) == ["local/local/%E6%94%AF%E6%8C%81"]


def test_an_empty_file_says_nothing() -> None:
    rules = parse_policy("", name="policy.toml")
    assert rules.default.model_fields_set == set()


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("22:00-07:00 Europe/Berlin", QuietHours(start_min=1320, end_min=420, zone="Europe/Berlin")),
        (" 12:15 - 13:45 ", QuietHours(start_min=735, end_min=825)),
        ("none", None),
    ],
)
def test_quiet_hours_are_minutes_of_the_day_in_a_zone(text: str, hours: QuietHours | None) -> None:
    assert parse_quiet_hours(text) == hours


def fault(text: str) -> str | None:
    """What is wrong with a policy file; None if nothing is."""
    try:
        parse_policy(text, name="policy.toml")
    except SettingsError as error:
        return str(error)
    return None


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert (fault(text) or "policy.toml").startswith("policy.toml")


@given(st.dictionaries(KEYS, SCALARS, max_size=3))
def test_any_table_is_read_or_refused(table: dict[str, str]) -> None:
    wrong = fault("\n".join(["[default]", *(f"{key} = {value}" for key, value in table.items())]))
    assert (wrong or "policy.toml").startswith("policy.toml")
    assert wrong is not None or "mood" not in table
