"""What tokens cost; pure."""

import math
from dataclasses import dataclass

from vigil_bot.errors import SettingsError

_MILLION = 1_000_000
_CHARS_PER_TOKEN = 4  # of ASCII text; any other character counts as a token of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Prices of a million tokens, in any currency."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """Return the price of a call."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / _MILLION


def parse_prices(text: str) -> Prices:
    """Read "0.25/2.0": a million tokens read, a million tokens written; nothing is free.

    Raises:
        SettingsError: If it is anything else.
    """
    if not text.strip():
        return Prices()
    try:
        tokens_in, tokens_out = (float(part) for part in text.split("/"))
    except ValueError:
        tokens_in = tokens_out = -1.0
    if not all(math.isfinite(price) and price >= 0 for price in (tokens_in, tokens_out)):
        raise SettingsError(f"{text!r} are no prices.", hint='Write them like "0.25/2.0": in/out per million tokens.')
    return Prices(tokens_in=tokens_in, tokens_out=tokens_out)


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has, for an endpoint that does not say."""
    ascii_chars = sum(char.isascii() for char in text)
    return len(text) - ascii_chars + math.ceil(ascii_chars / _CHARS_PER_TOKEN)
