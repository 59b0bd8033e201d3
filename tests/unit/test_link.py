"""Addresses in words, and which of them may be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_bot.model.link import MAX_LINKS, is_allowed, links_in, normal_url


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://docs.example.com/kafka#lag.", ["https://docs.example.com/kafka"]),
        ("(https://docs.example.com/a_(b))", ["https://docs.example.com/a_(b)"]),
        ("看这里：https://docs.example.com/磁盘，谢谢", ["https://docs.example.com/磁盘"]),
        ("[label](https://docs.example.com/a) and <https://docs.example.com/b|b>", ["https://docs.example.com/a", "https://docs.example.com/b"]),
        ("HTTPS://Docs.Example.COM:443", ["https://docs.example.com/"]),
        ("twice https://a.example/x and https://a.example/x#y", ["https://a.example/x"]),
        ("ftp://a.example/x file:///etc/passwd javascript:alert(1) www.example.com", []),
        ("https://user:secret@docs.example.com/", []),
        ("http://[::1]:8080/x", ["http://[::1]:8080/x"]),
        ("https://a.example:99999/ https://", []),
    ],
)  # fmt: skip
def test_addresses_are_found_in_one_form(text: str, found: list[str]) -> None:
    assert list(links_in(text)) == found


def test_a_message_full_of_links_gives_the_first_ones() -> None:
    assert len(links_in(" ".join(f"https://a.example/{n}" for n in range(100)))) == MAX_LINKS


@pytest.mark.parametrize(
    ("url", "hosts", "allowed"),
    [
        ("https://docs.example.com/x", ["docs.example.com"], True),
        ("https://docs.example.com/x", [], False),
        ("https://docs.example.com/x", ["example.com"], False),
        ("https://docs.example.com/x", ["*.example.com"], True),
        ("https://a.docs.example.com/x", ["*.example.com"], True),
        ("https://example.com/x", ["*.example.com"], False),
        ("https://docs.example.com.evil.net/x", ["docs.example.com", "*.example.com"], False),
        ("https://evildocs.example.com/x", ["docs.example.com"], False),
        ("https://docs.example.com@evil.net/x", ["docs.example.com"], False),
        ("https://docs.example.com:8443/x", ["docs.example.com"], False),
        ("https://docs.example.com:8443/x", ["docs.example.com:8443"], True),
        ("https://DOCS.example.com./x", ["docs.Example.com"], True),
        ("https://xn--fsq.example/x", ["xn--fsq.example"], True),
        ("https://例.example/x", ["xn--fsq.example"], True),
        ("https://docs\u3002example.com/x", ["docs.example.com"], True),
        ("ftp://docs.example.com/x", ["docs.example.com"], False),
        ("https://docs.example.com\\@evil.net/", ["docs.example.com"], False),
    ],
)
def test_only_listed_hosts_are_allowed(url: str, hosts: list[str], allowed: bool) -> None:  # noqa: FBT001
    assert is_allowed(url, hosts) is allowed


@given(st.text(max_size=200))
def test_any_text_gives_addresses_that_stay_as_they_are(text: str) -> None:
    for url in links_in(f"https://a.example/{text} {text}"):
        assert normal_url(url) == url
        assert url.startswith(("https://", "http://"))


@given(st.text(max_size=80))
def test_nothing_is_allowed_where_no_host_is_listed(text: str) -> None:
    assert not is_allowed(f"https://{text}", [])
