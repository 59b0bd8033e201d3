"""What people attach on Lark, fetched by the message that it came in."""

import re

from adapters.lark.api import LarkApi
from adapters.lark.faults import Gone
from vigil_bot.errors import InputError
from vigil_bot.model.conversation import Attachment, ConversationRef

_ID = re.compile(r"(?P<message>[\w-]+)/(?P<key>[\w.-]*\w[\w.-]*)", re.ASCII)


class LarkFiles:
    """Fetches images and files of messages; an attachment's id is `<message id>/<key>`."""

    def __init__(self, api: LarkApi) -> None:
        self._api = api

    async def fetch(self, ref: ConversationRef, attachment: Attachment, *, max_bytes: int) -> bytes:
        """Return the content of a file. Raises InputError if it is larger, Gone, Denied, PlatformUnavailable."""
        del ref  # the message tells
        if attachment.size_bytes > max_bytes:
            raise InputError(f"The file is larger than {max_bytes:,} bytes.")
        named = _ID.fullmatch(attachment.id)
        if named is None:
            raise Gone("There is no such file: its id names no message.")
        path = f"/open-apis/im/v1/messages/{named['message']}/resources/{named['key']}"
        kind = "image" if attachment.media_type.startswith("image") else "file"
        return await self._api.download(path, params={"type": kind}, max_bytes=max_bytes)
