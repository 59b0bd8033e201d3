"""Addresses that open Lark (applinks); pure."""

from urllib.parse import quote, urlsplit

_APPLINKS = {"open.feishu.cn": "applink.feishu.cn", "open.larksuite.com": "applink.larksuite.com"}


def chat_link(domain: str, chat_id: str) -> str | None:
    """Return what opens a chat: events bring no address of a message. None for a domain that is none of Lark's.

    Source: https://open.larkoffice.com/document/uAjLw4CM/uYjL24iN/applink-protocol/supported-protocol/open-a-chat-page
    """
    host = _APPLINKS.get(urlsplit(domain).hostname or "")
    return f"https://{host}/client/chat/open?openChatId={quote(chat_id)}" if host else None
