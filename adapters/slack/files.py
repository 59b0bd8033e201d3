"""What people attach on Slack, fetched with the bot's token."""

from urllib.parse import urlsplit

import aiohttp

from adapters.slack.api import Json, SlackApi
from adapters.slack.faults import Denied, Gone, fault, unanswered
from vigil_bot.errors import InputError
from vigil_bot.model.conversation import Attachment, ConversationRef

SLACK_HOSTS = ("slack.com", "slack-files.com", "slack-edge.com")
_CHUNK_BYTES = 65_536
_OK, _REDIRECT, _DENIED, _GONE = 200, range(300, 400), (401, 403), (404, 410)
_SCOPE = "Add the scope files:read under OAuth & Permissions, and install the app again."


class SlackFiles:
    """Fetches attachments; the token goes to Slack's own hosts only."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api

    async def fetch(self, ref: ConversationRef, attachment: Attachment, *, max_bytes: int) -> bytes:
        """Return the content of a file. Raises InputError if it is larger, Gone, Denied, PlatformUnavailable."""
        if attachment.size_bytes > max_bytes:
            raise _too_large(max_bytes)
        answer = await self._api.call(ref.workspace_id, "files.info", file=attachment.id)
        info = answer.get("file")
        url, media_type = _address(info if isinstance(info, dict) else {}, max_bytes)
        if not is_slacks(url, self._api.base_url):
            raise Denied("The file is kept outside of Slack.", code="external")
        headers = {"Authorization": f"Bearer {await self._api.token(ref.workspace_id)}"}
        try:
            async with self._api.session().get(url, headers=headers, allow_redirects=False) as response:
                _check(response, media_type)
                return await _read(response, max_bytes)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unanswered("the download of a file") from error


def is_slacks(url: str, base_url: str) -> bool:
    """Whether an address is on a host of Slack's, encrypted, or on that of the configured API."""
    parts, base = urlsplit(url), urlsplit(base_url)
    if (parts.scheme, parts.netloc) == (base.scheme, base.netloc):
        return True
    host = (parts.hostname or "").lower()
    return parts.scheme == "https" and any(host == own or host.endswith("." + own) for own in SLACK_HOSTS)


def _address(info: Json, max_bytes: int) -> tuple[str, str]:
    """Return where a file is and of what type it is."""
    if info.get("mode") == "tombstone":
        raise Gone("The file was deleted.", code="file_deleted")
    if info.get("mode") == "hidden_by_limit":
        raise Gone("The file is hidden by the limit of the workspace's plan.", code="hidden_by_limit")
    size = info.get("size")
    if isinstance(size, int) and size > max_bytes:
        raise _too_large(max_bytes)
    url = info.get("url_private_download") or info.get("url_private")
    if not isinstance(url, str):
        raise Denied("Slack does not say where the file is.", code="no_address", hint=_SCOPE)
    return url, str(info.get("mimetype") or "")


def _check(response: aiohttp.ClientResponse, media_type: str) -> None:
    """Raise unless the answer is the file; Slack answers a missing permission with its login page."""
    login = response.content_type == "text/html" and media_type != "text/html"
    if response.status in _REDIRECT or response.status in _DENIED or (response.status == _OK and login):
        raise Denied("Slack does not let us read the file.", code="no_file_access", hint=_SCOPE)
    if response.status in _GONE:
        raise Gone("The file is not there any more.", code="file_not_found")
    if response.status != _OK:
        retry_after = response.headers.get("Retry-After")
        raise fault("the download of a file", "", status=response.status, retry_after=retry_after)


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if (response.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        content += chunk
        if len(content) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(content)


def _too_large(max_bytes: int) -> InputError:
    return InputError(f"The file is larger than {max_bytes:,} bytes.")
