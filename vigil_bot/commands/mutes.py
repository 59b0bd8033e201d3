"""Silence as it is shown, each with the button that ends it; pure."""

from collections.abc import Sequence
from dataclasses import replace

from vigil_bot.model.card import Button, Card, CardKind, FactsBlock, TextBlock
from vigil_bot.model.policy import Mute, MuteScope
from vigil_bot.texts.text import Moment, Text

_UNMUTE = {MuteScope.THREAD: "unmute thread", MuteScope.CHANNEL: "unmute channel", MuteScope.USER: "unmute me"}
_LABELS = {
    MuteScope.THREAD: Text("Unmute this thread"),
    MuteScope.CHANNEL: Text("Unmute this channel"),
    MuteScope.USER: Text("Answer me again"),
}
_PLACES = {
    MuteScope.THREAD: Text("Muted in this thread"),
    MuteScope.CHANNEL: Text("Muted in this channel"),
    MuteScope.USER: Text("Muted for you"),
}


def unmute_button(scope: MuteScope) -> Button:
    """Return the button that ends a mute."""
    return Button(action="command", label=_LABELS[scope], value=_UNMUTE[scope])


def lasts(until: float | None) -> str:
    """Return how long a mute holds."""
    return Text("Until {at}.", at=Moment(until)) if until else Text("Until `/vigil unmute`.")


def muted_notice() -> Card:
    """Return what the one sees who silenced a thread by a word, an emoji or a button."""
    return Card(
        kind=CardKind.NOTICE,
        title=Text("I am silent in this thread."),
        blocks=(TextBlock(markdown=lasts(None)),),
        buttons=(unmute_button(MuteScope.THREAD),),
    )


def with_mutes(card: Card, mutes: Sequence[Mute]) -> Card:
    """Return a card with the mutes that are in force, each with its button."""
    if not mutes:
        return card
    facts = FactsBlock(facts=tuple((_PLACES[mute.scope], lasts(mute.until)) for mute in mutes))
    buttons = tuple(unmute_button(scope) for scope in dict.fromkeys(mute.scope for mute in mutes))
    return replace(card, blocks=(facts, *card.blocks), buttons=(*buttons, *card.buttons))
