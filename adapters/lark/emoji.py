"""Emoji: Lark names them, the core takes characters; pure.

Source: https://open.larksuite.com/document/server-docs/im-v1/message-reaction/emojis-introduce. Lark has no brain and no
wastebasket.
"""

from collections.abc import Mapping

_TYPES: Mapping[str, tuple[str, ...]] = {  # the type that we send first, then what else means the same
    "👍": ("THUMBSUP", "LGTM", "JIAYI"),
    "👎": ("ThumbsDown", "MinusOne"),
    "✅": ("DONE", "CheckMark", "Yes"),
    "❌": ("CrossMark", "No"),
    "📌": ("Pin",),
    "🔇": ("GeneralDoNotDisturb", "SHHH"),
    "💡": ("StatusFlashOfInspiration",),
    "👌": ("OK",),
    "👏": ("APPLAUSE", "CLAP"),
    "🙏": ("THANKS", "ThanksFace"),
    "💪": ("MUSCLE", "STRIVE"),
    "👊": ("FISTBUMP",),
    "🙌": ("HIGHFIVE",),
    "👋": ("WAVE",),
    "🫡": ("SALUTE", "SaluteFace"),
    "💯": ("Hundred",),
    "🎉": ("PARTY", "Partying"),
    "🔥": ("Fire",),
    "🏆": ("Trophy",),
    "❤️": ("HEART",),
    "💔": ("HEARTBROKEN",),
    "🌹": ("ROSE",),
    "🤔": ("THINKING",),
    "👀": ("GLANCE",),
    "🙂": ("SMILE", "SLIGHT"),
    "😂": ("LOL",),
    "😭": ("SOB", "WAIL"),
    "😢": ("CRY",),
    "😮": ("WOW",),
    "😱": ("SHOCKED", "TERROR"),
    "😠": ("ANGRY",),
    "🤷": ("Shrug",),
    "⌨️": ("Typing",),
    "⏰": ("Alarm",),
    "📢": ("Loudspeaker",),
    "💣": ("BOMB",),
}
_ALSO = {
    "🧠": "StatusFlashOfInspiration",
    "🗑️": "CrossMark",
    "⏳": "OneSecond",
    "✔️": "CheckMark",
}  # the nearest that there is
_VARIATION = "\ufe0f"  # "as a picture"; people and programs leave it out
_CHARACTER_OF = {name: character for character, names in _TYPES.items() for name in names}
_TYPE_OF = {
    **{character.rstrip(_VARIATION): names[0] for character, names in _TYPES.items()},
    **{character.rstrip(_VARIATION): name for character, name in _ALSO.items()},
}


def character_of(emoji_type: str) -> str:
    """Return the character of an emoji that Lark names; the name where we know none."""
    return _CHARACTER_OF.get(emoji_type, emoji_type)


def type_of(emoji: str) -> str:
    """Return Lark's name for an emoji, or for the nearest that it has; what is a name already stays."""
    bare = emoji.strip().strip(":").rstrip(_VARIATION)
    return _TYPE_OF.get(bare, bare)
