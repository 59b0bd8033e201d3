"""Secrets and personal data out of a text, its meaning and its commands kept; pure.

What goes is replaced by `<secret>`, `<email>`, `<phone>`, `<id-card>` or `<card>`. What a colleague needs to follow a case
stays: commit hashes, UUIDs, versions, times, ports, order numbers, error codes, ssh targets.
"""

from collections.abc import Callable, Sequence

from vigil_bot.redact_hosts import redact_addresses, redact_names
from vigil_bot.redact_personal import redact_personal
from vigil_bot.redact_secrets import redact_secrets


def redact(text: str) -> str:
    """Return the text without secrets, e-mail addresses, phone numbers, identity numbers and payment cards.

    What is redacted already stays as it is.
    """
    return redact_personal(redact_secrets(text))


def redactor(*, addresses: bool, domains: Sequence[str]) -> Callable[[str], str]:
    """Return what redacts, IP addresses and the machines of some domains too where they are wanted gone."""

    def hide(text: str) -> str:
        left = redact_names(redact(text), domains)
        return redact_addresses(left) if addresses else left

    return hide
