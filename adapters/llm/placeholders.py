"""Numbered placeholders for what must not leave, the same one for the same thing, so that an answer still makes sense."""

import re

from vigil_bot.ports.chat import Redact

_MARK = re.compile(r"<(secret|email|phone|id-card|card|host|ip)>")
_NUMBERED = re.compile(r"<(secret|email|phone|id-card|card|host|ip)-(\d{1,4})>")
_NEVER_SHOWN = frozenset({"secret", "id-card", "card"})


class Placeholders:
    """What was hidden in the texts of one call; what is secret comes back as a plain mark, the rest as it was."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        self._numbered: dict[tuple[str, str], str] = {}
        self._hidden: dict[str, str] = {}

    def hide(self, text: str) -> str:
        """Return the text with a placeholder such as `<email-1>` for everything that is redacted.

        What only looks like a placeholder of ours loses its number first.
        """
        original = _NUMBERED.sub(r"<\1>", text)
        pieces = _MARK.split(self._redact(original))
        literals, kinds = pieces[::2], pieces[1::2]
        hidden = literals[0]
        for kind, value, literal in zip(kinds, _between(literals, original), literals[1:], strict=True):
            hidden += self._placeholder(kind, value) + literal
        return hidden

    def show(self, text: str) -> str:
        """Return the text with what the placeholders stand for, secrets and numbers of persons and cards excepted."""
        return _NUMBERED.sub(self._shown, text)

    def _placeholder(self, kind: str, value: str) -> str:
        if value == f"<{kind}>":  # hidden before it came to us
            return value
        known = self._numbered.get((kind, value))
        if known is None:
            number = 1 + sum(1 for k, _ in self._numbered if k == kind)
            known = self._numbered[kind, value] = f"<{kind}-{number}>"
            self._hidden[known] = value
        return known

    def _shown(self, found: re.Match[str]) -> str:
        if found[1] in _NEVER_SHOWN:
            return f"<{found[1]}>"
        return self._hidden.get(found[0], f"<{found[1]}>")


def _between(literals: list[str], original: str) -> list[str]:
    """Return what stands in the original between pieces that were left as they were."""
    values: list[str] = []
    at = len(literals[0])
    for literal in literals[1:-1]:
        start = original.find(literal, at + 1) if literal else at + 1
        start = start if start >= 0 else len(original)
        values.append(original[at:start])
        at = start + len(literal)
    if len(literals) > 1:
        values.append(original[at : max(at, len(original) - len(literals[-1]))])
    return values
