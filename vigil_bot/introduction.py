"""What we say when somebody invites us; pure."""

from vigil_bot.model.card import Button, Card, CardKind, TextBlock
from vigil_bot.model.policy import Mode, Policy

LEARN_DAYS = 30  # of history that we offer to learn from

_DOES = {
    Mode.OFF: "I am **off** here: I neither speak nor decide. `/vigil mode on` wakes me.",
    Mode.SHADOW: "I am in **shadow** mode: I decide and record, and post nothing. `/vigil why` and `/vigil stats` show what I would have done.",
    Mode.PRIVATE: "I am in **private** mode: only analysts see what I suggest, and send it on if it is right.",
    Mode.ON: "I am **on**: I answer in the thread when a past case fits.",
}


def introduction(policy: Policy) -> Card:
    """Return three lines: what we do, how to silence us, and what we may do here."""
    lines = (
        "I read along, keep track of open cases, and speak only when a past case that was solved fits.",
        "Silence me at any time: 🔇 on a message, “vigil be quiet”, or `/vigil mute channel`. `/vigil help` has the rest.",
        _DOES[policy.mode],
    )
    learn = Button(action="command", label=f"Learn from the last {LEARN_DAYS} days", value=f"learn {LEARN_DAYS}d")
    return Card(
        kind=CardKind.NOTICE,
        title="Hello, I am Vigil.",
        blocks=(TextBlock(markdown="\n".join(lines)),),
        buttons=(
            *((learn,) if policy.learn else ()),
            Button(action="command", label="Settings", value="settings"),
            Button(action="command", label="Mute here", value="mute channel"),
        ),
    )
