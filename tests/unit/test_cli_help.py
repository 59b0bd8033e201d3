import pytest
from click.testing import CliRunner

from vigil_bot.cli import main


@pytest.mark.parametrize("group", [[], ["kb"]])
def test_the_list_of_commands_cuts_no_sentence(group: list[str]) -> None:
    told = CliRunner().invoke(main, [*group, "--help"], terminal_width=80)
    assert told.exit_code == 0
    assert "..." not in told.output.partition("Commands:")[2]
    assert max(map(len, told.output.splitlines())) <= 80


def test_what_a_command_does_is_told_to_its_end() -> None:
    told = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    assert "Check settings, store, vectors, model endpoint and platforms; exit 1 if something is wrong." in told
    assert "kb Search, import, edit and undo what is known." in told
