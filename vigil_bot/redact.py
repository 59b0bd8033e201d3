"""Secrets and personal data out of a text, its meaning and its commands kept; pure.

What goes is replaced by `<secret>`, `<email>`, `<phone>`, `<id-card>` or `<card>`. What a colleague needs to follow a case
stays: commit hashes, UUIDs, versions, times, ports, order numbers, error codes, ssh targets.
"""

from vigil_bot.redact_personal import redact_personal
from vigil_bot.redact_secrets import redact_secrets


def redact(text: str) -> str:
    """Return the text without secrets, e-mail addresses, phone numbers, identity numbers and payment cards.

    What is redacted already stays as it is.
    """
    return redact_personal(redact_secrets(text))
