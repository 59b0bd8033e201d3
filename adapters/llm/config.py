"""Where the model is, and how long it may take."""

from dataclasses import dataclass, field

from adapters.llm.prices import Prices


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """A model at an OpenAI-compatible endpoint; the key is never shown."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    prices: Prices = field(default_factory=Prices)
    timeout_s: float = 20.0  # of one request
    total_s: float = 60.0  # of everything that one answer takes, waiting for a turn included
    attempts: int = 3  # of one request, as long as it fails in passing
    max_wait_s: float = 8.0  # between two of them; an endpoint that asks for more is left alone for that long
    concurrency: int = 4
    thinking_tokens: int = 4_000  # on top of the reply, for models that think before they write
