"""Addresses that open Lark."""

import pytest

from adapters.lark.links import chat_link


@pytest.mark.parametrize(
    ("domain", "host"),
    [("https://open.larksuite.com", "applink.larksuite.com"), ("https://open.feishu.cn/", "applink.feishu.cn")],
)
def test_a_chat_has_an_address_on_either_domain(domain: str, host: str) -> None:
    assert chat_link(domain, "oc_1&x") == f"https://{host}/client/chat/open?openChatId=oc_1%26x"


def test_another_domain_has_none() -> None:
    assert chat_link("http://127.0.0.1:8080", "oc_1") is None
