"""The rules that ship with the bot, as keys; pure but for reading its own file, once."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from vigil_bot.model.watch import WatchRule
from vigil_bot.watch.rules import rule_of


@cache
def defaults() -> Mapping[str, Mapping[str, object]]:
    """Return the keys of each rule by its name."""
    tables: Mapping[str, Mapping[str, object]] = tomllib.loads(
        files("vigil_bot.watch").joinpath("defaults.toml").read_text("utf-8")
    )
    return tables


def rule_from(name: str, given: Mapping[str, object], base: WatchRule | None = None) -> WatchRule:
    """Return the rule that these keys describe, on top of another, or of the default of that name. Raises InputError."""
    return rule_of(name, given if base else {**defaults().get(name, {}), **given}, base)
