"""What the operator says about the Lark or Feishu app."""

from dataclasses import dataclass, field
from typing import Literal

MEMBERS = "members"


@dataclass(frozen=True, slots=True, kw_only=True)
class LarkConfig:
    """One app in one tenant.

    domain is https://open.larksuite.com, https://open.feishu.cn, or that of a test server. encrypt_key and
    verification_token are needed for transport "http" only. analysts are open ids (ou_...), chats whose members are meant
    (oc_...), departments with what is below them (od-...), user groups (any other id), or "members" for everybody of the
    tenant; with none, a member's role is not known. whole_groups are chats that are one case each. read_bots are the app ids
    of bots whose messages are fetched, because Lark sends a bot no events of other bots' messages.
    """

    app_id: str
    app_secret: str = field(repr=False)
    encrypt_key: str = field(default="", repr=False)
    verification_token: str = field(default="", repr=False)
    domain: str = "https://open.larksuite.com"
    transport: Literal["socket", "http"] = "socket"
    analysts: tuple[str, ...] = ()
    read_bots: tuple[str, ...] = ()
    whole_groups: tuple[str, ...] = ()
