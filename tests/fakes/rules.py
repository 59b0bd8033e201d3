"""A watch rule in which nothing stands at its default."""

from vigil_bot.model.watch import Counted, Destination, DestinationKind, Level, RuleKind, Speaker, WatchRule

FULL_RULE = WatchRule(
    name="倒闭-1",
    kind=RuleKind.DETECT,
    level=Level.P0,
    pattern=r"\bdown\b",
    unless="not down",
    names=("Acme", "张总"),
    like=("it's down",),
    unlike=('sit "down"',),
    at_least=0.6,
    asks=True,
    alike=True,
    speaker=Speaker.ANYONE,
    needs=3,
    of=Counted.THREADS,
    within_s=60.0,
    messages=50,
    silence_s=0.0,
    to=Destination(kind=DestinationKind.CHANNEL, target="C9"),
    quote=True,
)
