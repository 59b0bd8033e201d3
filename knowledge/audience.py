"""Who may be shown an entry, and who may see what rests on several sources; pure."""

from vigil_bot.model.knowledge import Audience, KnowledgeEntry, Viewer


def visible(entry: KnowledgeEntry, viewer: Viewer | None, *, before: float | None = None) -> bool:
    """Whether an entry may be shown: usable, known before that time, and meant for the viewer.

    None is a trusted local operator, who also sees what waits for a decision.
    """
    if not entry.usable or (before is not None and entry.created_at >= before):
        return False
    return viewer is None or (not entry.contradicts and entry.audience.allows(viewer))


def narrower(one: Audience, other: Audience) -> Audience | None:
    """Return who may see what rests on two sources: those who may see both; None when that is nobody."""
    if "*" not in (one.workspace, other.workspace) and one.workspace != other.workspace:
        return None
    workspace = other.workspace if one.workspace == "*" else one.workspace
    guests = workspace != "*" and one.for_guests and other.for_guests
    if not one.channels or not other.channels:
        return Audience(workspace=workspace, channels=one.channels or other.channels, guests=guests)
    both = tuple(channel for channel in one.channels if channel in other.channels)
    return Audience(workspace=workspace, channels=both, guests=guests) if both else None


def within(one: Audience, other: Audience) -> bool:
    """Whether everybody who may see one may see the other."""
    both = narrower(one, other)
    if both is None or both.workspace != one.workspace or set(both.channels) != set(one.channels):
        return False
    return both.for_guests == one.for_guests
