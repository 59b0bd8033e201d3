import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.llm.placeholders import Placeholders
from vigil_bot.redact import redact, redactor

HIDE = redactor(addresses=True, domains=("corp.example", "internal"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ping 10.1.2.3.", "ping <ip>."),
        ("mysql -h 10.1.2.3:3306", "mysql -h <ip>:3306"),
        ("from 2001:db8::7 到 fe80::1", "from <ip> 到 <ip>"),
        ("ssh deploy@db-1.corp.example", "ssh deploy@<host>"),
        ("https://Wiki.Corp.Example/page, vault.internal.", "https://<host>/page, <host>."),
        ("bind 0.0.0.0, curl 127.0.0.1:80 and ::1", "bind 0.0.0.0, curl 127.0.0.1:80 and ::1"),
        ("v1.27.3 at 12:30:45, std::add, 1.2.3.4.5, 999.1.1.1", "v1.27.3 at 12:30:45, std::add, 1.2.3.4.5, 999.1.1.1"),
        ("mycorp.example, corp.example.org, internal-tools", "mycorp.example, corp.example.org, internal-tools"),
    ],
)
def test_addresses_and_named_domains_go_and_versions_and_times_stay(text: str, left: str) -> None:
    assert HIDE(text) == left


def test_without_the_setting_machines_stay() -> None:
    text = "ssh deploy@db-1.corp.example, ping 10.1.2.3"
    assert redact(text) == redactor(addresses=False, domains=())(text) == text


@pytest.mark.parametrize("domains", [(".",), ("", "."), ("..",)])
def test_a_domain_of_dots_alone_names_no_machine(domains: tuple[str, ...]) -> None:
    text = "ssh deploy@db-1.corp.example"
    assert redactor(addresses=False, domains=domains)(text) == text


def test_an_answer_gets_its_machines_back() -> None:
    hidden = Placeholders(HIDE)
    text = "ssh db-1.corp.example, then ping 10.1.2.3"
    assert hidden.hide(text) == "ssh <host-1>, then ping <ip-1>"
    assert hidden.show(hidden.hide(text)) == text


@given(st.text("0129af:. -corp.example@", max_size=80))
def test_what_is_redacted_stays_as_it_is(text: str) -> None:
    assert HIDE(HIDE(text)) == HIDE(text)
