"""Who may be shown an entry; pure."""

from vigil_bot.model.knowledge import KnowledgeEntry, Viewer


def visible(entry: KnowledgeEntry, viewer: Viewer | None, *, before: float | None = None) -> bool:
    """Whether an entry may be shown: usable, known before that time, and meant for the viewer; None sees all."""
    if not entry.usable or (before is not None and entry.created_at >= before):
        return False
    return viewer is None or entry.audience.allows(viewer)
