"""What we say when somebody invites us; pure."""

from vigil_bot.model.card import Button, Card, CardKind, TextBlock
from vigil_bot.model.policy import Mode, Policy
from vigil_bot.texts.text import Text, plural

LEARN_DAYS = 30  # of history that we offer to learn from

_DOES = {
    Mode.OFF: Text("I am **off** here: I neither speak nor decide. `/vigil mode on` wakes me."),
    Mode.SHADOW: Text(
        "I am in **shadow** mode: I decide and record, and post nothing."
        " `/vigil why` and `/vigil stats` show what I would have done."
    ),
    Mode.PRIVATE: Text("I am in **private** mode: only analysts see what I suggest, and send it on if it is right."),
    Mode.ON: Text("I am **on**: I answer in the thread when a past case fits."),
}


def introduction(policy: Policy) -> Card:
    """Return three lines: what we do, how to silence us, and what we may do here."""
    what = Text("I read along, keep track of open cases, and speak only when a past case that was solved fits.")
    how = Text(
        "Silence me at any time: 🔇 on a message, “vigil be quiet”, or `/vigil mute channel`. `/vigil help` has the rest."
    )
    learn = plural("Learn from the last {count} day", "Learn from the last {count} days", count=LEARN_DAYS)
    return Card(
        kind=CardKind.NOTICE,
        title=Text("Hello, I am Vigil."),
        blocks=tuple(TextBlock(markdown=line) for line in (what, how, _DOES[policy.mode])),
        buttons=(
            *((Button(action="command", label=learn, value=f"learn {LEARN_DAYS}d"),) if policy.learn else ()),
            Button(action="command", label=Text("Settings"), value="settings"),
            Button(action="command", label=Text("Mute here"), value="mute channel"),
        ),
    )
