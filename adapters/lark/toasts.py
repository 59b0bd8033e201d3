"""What Lark shows for a moment to the one who pressed a button; pure."""

from collections.abc import Mapping

from pydantic import JsonValue

from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import CHINESE
from vigil_bot.texts.text import Text

Json = dict[str, JsonValue]

_TOASTS: Mapping[str, Text] = {
    "helpful": Text("Thank you."),
    "not_helpful": Text("Thank you. You can say what was wrong."),
    "solved": Text("Glad to hear it."),
    "comment": Text("Thank you, it is stored."),
    "send": Text("On its way to the thread."),
    "mute": Text("I will be silent here."),
    "dismiss": Text("Dismissed."),
    "learn": Text("Noted: I will learn from this thread."),
    "command": Text("One moment …"),
    "empty": Text("Nothing was written."),
    "unknown": Text("This card is too old for me."),
}
_NOTED = Text("Noted.")
_TROUBLE = {"empty", "unknown"}


def toast_of(what: str) -> Json:
    """Return what a press is answered, in the language of their Lark."""
    words = words_of(what)
    kind = "warning" if what in _TROUBLE else "info" if what == "command" else "success"
    chinese = said(words, Reader(language=CHINESE))
    return {"toast": {"type": kind, "content": str(words), "i18n": {"en_us": str(words), "zh_cn": chinese}}}


def words_of(what: str) -> Text:
    """Return the same words for a card."""
    return _TOASTS.get(what, _NOTED)
