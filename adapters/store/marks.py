"""Who may see an entry, as marks beside its words, so that a search goes only through what somebody may see; pure."""

import hashlib

from vigil_bot.model.knowledge import Audience, Viewer

_ANYBODY, _GUESTS = "m", "g"
_EVERYWHERE = ""


def marks_of(audience: Audience) -> str:
    """Return the marks of an entry, joined by spaces: one for each place, and one more where guests may see it too."""
    kinds = (_ANYBODY, _GUESTS) if audience.for_guests else (_ANYBODY,)
    places = audience.channels or (_EVERYWHERE,)
    return " ".join(_mark(kind, audience.workspace, place) for kind in kinds for place in places)


def readable(viewer: Viewer) -> tuple[str, ...]:
    """Return the marks of which an entry must have one, that the viewer may see it."""
    kind = _GUESTS if viewer.guests else _ANYBODY
    places = (_EVERYWHERE, viewer.channel_id)
    return tuple(_mark(kind, workspace, place) for workspace in ("*", viewer.workspace_id) for place in places)


def _mark(kind: str, workspace: str, place: str) -> str:
    return kind + hashlib.sha256(f"{workspace}\0{place}".encode()).hexdigest()[:20]
