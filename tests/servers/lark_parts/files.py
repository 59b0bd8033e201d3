"""Images and files: .../reference/im-v1/image, file, and message-resource."""

import json

from aiohttp import web

from tests.servers.lark_parts.api import Asked, invalid_parameter, route
from tests.servers.lark_parts.messages import find
from tests.servers.lark_parts.world import File, Json, Refused, new_id

UPLOAD = ("im:resource", "im:resource:upload")
DOWNLOAD = ("im:message", "im:message:readonly", "im:message.history:readonly")
MAX_IMAGE, MAX_FILE, MAX_DOWNLOAD = 10 * 1024 * 1024, 30 * 1024 * 1024, 100 * 1024 * 1024
FILE_TYPES = frozenset({"opus", "mp4", "pdf", "doc", "xls", "ppt", "stream"})


@route("POST", "im/v1/images", *UPLOAD, bot=True)
def upload_image(asked: Asked) -> Json:
    if asked.body.get("image_type") not in ("message", "avatar") or not asked.files.get("image"):
        raise Refused(234001, "Invalid request param.")
    return {"image_key": _keep(asked, "image", asked.files["image"], MAX_IMAGE).key}


@route("POST", "im/v1/files", *UPLOAD, bot=True)
def upload_file(asked: Asked) -> Json:
    if asked.body.get("file_type") not in FILE_TYPES or not asked.files.get("file"):
        raise Refused(234001, "Invalid request param.")
    return {"file_key": _keep(asked, "file", asked.files["file"], MAX_FILE).key}


@route("GET", "im/v1/images/{image_key}", *UPLOAD, bot=True)
def own_image(asked: Asked) -> web.Response:
    """Only what the app itself uploaded."""
    found = asked.world.files.get(asked.path["image_key"])
    if found is None or not found.by_app:
        raise Refused(234008, "The app is not the resource sender.")
    return web.Response(body=found.content, content_type="image/png")


@route("GET", "im/v1/messages/{message_id}/resources/{file_key}", *DOWNLOAD, bot=True)
def resource(asked: Asked) -> web.Response:
    """What is in a message; not in cards, forwarded bundles or stickers."""
    kind = asked.need("type")
    if kind not in ("image", "file"):
        raise invalid_parameter("invalid type")
    message = find(asked)
    found = asked.world.files.get(asked.path["file_key"])
    if found is None or found.key not in json.dumps(json.loads(message.content)) or message.recalled:
        raise Refused(234003, "File not in message.")
    if message.kind in ("interactive", "merge_forward", "sticker"):
        raise Refused(234043, "Unsupported message type.")
    if (found.kind == "image") != (kind == "image"):
        raise Refused(234001, "Invalid request param.")
    if len(found.content) > MAX_DOWNLOAD:
        raise Refused(234037, "Downloaded file size exceeds limit.")
    disposition = f"attachment; filename*=UTF-8''{found.name}"
    return web.Response(
        body=found.content, headers={"Content-Type": "application/octet-stream", "Content-Disposition": disposition}
    )


def _keep(asked: Asked, kind: str, content: bytes, most: int) -> File:
    if len(content) > most:
        raise Refused(234006, "The file size exceed the max value.")
    name = str(asked.body.get("file_name", kind))
    prefix = "img_v3_02ab_" if kind == "image" else "file_v3_00ab_"
    found = File(key=new_id(prefix), name=name, content=content, by_app=True, kind=kind)
    asked.world.files[found.key] = found
    return found
