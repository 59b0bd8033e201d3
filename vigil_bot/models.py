"""What thinks: the built-in reasoner, or a language model with the built-in one behind it. Part of the composition root."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from adapters.reasoner.reasoner import BuiltinReasoner
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.finding import Finding
from vigil_bot.ports.chat import Clock, Files
from vigil_bot.ports.reasoner import Reasoner
from vigil_bot.settings import Settings, redact_of

if TYPE_CHECKING:
    from adapters.llm.asks import Asks
    from adapters.llm.budget import Budget
    from adapters.llm.client import ModelClient
    from adapters.llm.config import ModelConfig
    from adapters.llm.spending import Alarm, Spending


@contextlib.asynccontextmanager
async def reasoner_of(
    settings: Settings, *, clock: Clock, spending: "Spending", files: Mapping[str, Files], alarm: "Alarm"
) -> AsyncIterator[Reasoner]:
    """Open what thinks.

    Args:
        files: What fetches attachments, by platform; looked into when one is wanted.
        alarm: Told when a budget is nearly, or quite, used up.

    Raises:
        SettingsError: If the prices cannot be read. InputError: If the cassette is none.
    """
    builtin = BuiltinReasoner()
    if not settings.model_name:
        yield builtin
        return
    from adapters.llm.client import ModelClient  # noqa: PLC0415
    from adapters.llm.reasoner import ModelReasoner  # noqa: PLC0415
    from adapters.llm.spending import Purse  # noqa: PLC0415

    purse = Purse(_budget(settings), spending, now=clock.now, alarm=alarm)
    async with ModelClient(model_config(settings), now=clock.now, purse=purse) as client:
        seen = files if settings.model_images else None
        yield ModelReasoner(
            _asks(settings, client),
            builtin,
            redact=redact_of(settings),
            model=settings.model_name,
            files=seen,
            spent=purse.spent,
        )


def counted_for(ref: ConversationRef) -> AbstractContextManager[None]:
    """Count what a model costs inside for the channel of a conversation."""
    from adapters.llm.spending import spending_for  # noqa: PLC0415

    return spending_for(ref)


def model_config(settings: Settings) -> "ModelConfig":
    """Return where the model is and what it costs. Raises SettingsError if the prices cannot be read."""
    from adapters.llm.config import ModelConfig  # noqa: PLC0415
    from adapters.llm.prices import parse_prices  # noqa: PLC0415

    return ModelConfig(
        base_url=settings.model_base_url or "",
        model=settings.model_name or "",
        api_key=settings.model_api_key.get_secret_value() if settings.model_api_key else "",
        prices=parse_prices(settings.model_prices),
    )


async def examine(settings: Settings, clock: Clock) -> list[Finding]:
    """Return what is wrong with the model's endpoint."""
    from adapters.llm.checks import examine as look  # noqa: PLC0415

    return await look(model_config(settings), now=clock.now)


def _budget(settings: Settings) -> "Budget":
    from adapters.llm.budget import Budget, Limit  # noqa: PLC0415

    return Budget(
        everything=Limit(tokens=settings.model_daily_tokens, cost=settings.model_daily_cost),
        workspace=Limit(cost=settings.model_daily_cost_workspace),
        channel=Limit(cost=settings.model_daily_cost_channel),
    )


def _asks(settings: Settings, client: "ModelClient") -> "Asks":
    if settings.model_cassette is None:
        return client
    from adapters.llm.cassette import Cassette  # noqa: PLC0415

    inner = client if settings.model_cassette_mode == "record" else None
    return Cassette(settings.model_cassette, model=settings.model_name or "", inner=inner)
