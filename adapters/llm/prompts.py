"""The prompts: what a model is told to do. What it is told about comes separately, as data."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_DATA = "data"  # said after every prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model is told to do; hash identifies its words, version is for people."""

    name: str
    version: int
    text: str

    @property
    def hash(self) -> str:
        """Return what changes with every word."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


@cache
def prompt(name: str) -> Prompt:
    """Return a prompt with what holds for all of them."""
    version, text = _read(name)
    common_version, common = _read(_DATA)
    return Prompt(name=name, version=100 * common_version + version, text=f"{text}\n\n{common}")


def _read(name: str) -> tuple[int, str]:
    head, _, text = (files("vigil_bot") / "prompts" / f"{name}.md").read_text("utf-8").partition("\n")
    return int(head.removeprefix("version:")), text.strip()
