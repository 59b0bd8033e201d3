"""Emoji: Slack names them, the core takes characters; pure."""

import re
from collections.abc import Mapping

_NAMES: Mapping[str, tuple[str, ...]] = {  # Slack's own name first, then what it also takes
    "👍": ("+1", "thumbsup"),
    "👎": ("-1", "thumbsdown"),
    "✅": ("white_check_mark",),
    "✔️": ("heavy_check_mark",),
    "☑️": ("ballot_box_with_check",),
    "❌": ("x",),
    "❎": ("negative_squared_cross_mark",),
    "🧠": ("brain",),
    "📌": ("pushpin",),
    "📍": ("round_pushpin",),
    "🔇": ("mute",),
    "🔕": ("no_bell",),
    "🗑️": ("wastebasket",),
    "👀": ("eyes",),
    "👌": ("ok_hand",),
    "👏": ("clap",),
    "🙏": ("pray",),
    "🙌": ("raised_hands",),
    "👋": ("wave",),
    "💯": ("100",),
    "🎉": ("tada",),
    "🚀": ("rocket",),
    "🔥": ("fire",),
    "🤖": ("robot_face", "robot"),
    "🤔": ("thinking_face", "thinking"),
    "😄": ("smile",),
    "🙂": ("slightly_smiling_face",),
    "😕": ("confused",),
    "😢": ("cry",),
    "❤️": ("heart",),
    "⭐": ("star",),
    "💡": ("bulb",),
    "📝": ("memo", "pencil"),
    "📚": ("books",),
    "🔗": ("link",),
    "🔍": ("mag",),
    "🔔": ("bell",),
    "🔄": ("arrows_counterclockwise",),
    "⏳": ("hourglass_flowing_sand",),
    "⌛": ("hourglass",),
    "⏰": ("alarm_clock",),
    "⚠️": ("warning",),
    "🚨": ("rotating_light",),
    "🚫": ("no_entry_sign",),
    "⛔": ("no_entry",),
    "❓": ("question",),
    "❗": ("exclamation", "heavy_exclamation_mark"),
    "➕": ("heavy_plus_sign",),
    "➖": ("heavy_minus_sign",),
    "🆗": ("ok",),
    "🟢": ("large_green_circle",),
    "🔴": ("red_circle",),
    "🟡": ("large_yellow_circle",),
}
_VARIATION = "\ufe0f"  # "as a picture"; people and programs leave it out
_SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
_KEPT = frozenset({"heavy_check_mark"})  # a verdict by this name only: its character comes in two spellings
_CHARACTER_OF = {name: character for character, names in _NAMES.items() for name in names if name not in _KEPT}
_NAME_OF = {character.rstrip(_VARIATION): names[0] for character, names in _NAMES.items()}


def character_of(name: str) -> str:
    """Return the character of an emoji that Slack names, with or without colons and skin tone; the bare name where we know none.

    A workspace's own emoji ("partyparrot") and its aliases for others have no character.
    """
    bare = name.strip(":").partition("::")[0]
    return _CHARACTER_OF.get(bare, bare)


def name_of(emoji: str) -> str:
    """Return Slack's name for an emoji given as a character or a name; skin tones are left out."""
    bare = _SKIN_TONES.sub("", emoji.strip().strip(":").partition("::")[0]).rstrip(_VARIATION)
    return _NAME_OF.get(bare, bare)
