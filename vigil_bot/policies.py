"""The policy of every channel: built-in defaults, then the policy file, then what was set in chat."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Protocol

import structlog

from vigil_bot.errors import SettingsError
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.policy import LearnedAudience, Mode, Policy, Reach
from vigil_bot.model.scope import Scope
from vigil_bot.policy_file import PolicyPatch, PolicyRules, parse_policy, parse_setting
from vigil_bot.scope_file import read_scope

log = structlog.get_logger()

_LOCAL = Policy(mode=Mode.ON, settle_s=3.0)
_REMOTE = Policy(mode=Mode.SHADOW, settle_s=30.0)
REACH = "reach"


class Origin(StrEnum):
    """Where the value of a setting comes from, the strongest first."""

    CHAT = "chat"
    CHANNEL = "channel"
    PLATFORM = "platform"
    DEFAULT = "default"
    SETTINGS = "settings"
    BUILT_IN = "built_in"


class ChannelSettings(Protocol):
    """The part of the ledger that keeps what was set in chat."""

    async def channel_settings(self) -> dict[str, dict[str, str]]:
        """Return channel key -> name -> value."""
        ...

    async def set_channel_setting(self, channel: str, name: str, value: str) -> None:
        """Keep a setting."""
        ...

    async def unset_channel_setting(self, channel: str, name: str) -> bool:
        """Forget a setting; False if there was none."""
        ...


class Policies:
    """Looks policies up at once; the file is read anew when it changes, what is set in chat is kept in the ledger."""

    def __init__(
        self, *, path: Path | None = None, settle_s: float | None = None, default_mode: Mode | None = None
    ) -> None:
        """Read the file, if one is named.

        Args:
            settle_s: Quiet time where the file does not say otherwise, instead of 3 s locally and 30 s elsewhere.
            default_mode: Mode where the file does not say otherwise, instead of on locally and shadow elsewhere.

        Raises:
            SettingsError: If the file cannot be read, or says something that is not understood.
        """
        given = {"settle_s": settle_s, "mode": default_mode}
        self._given = PolicyPatch.model_validate({key: value for key, value in given.items() if value is not None})
        self._files = PolicyFiles(path)
        self._rules = self._files.read()
        self._in_chat: dict[str, dict[str, PolicyPatch]] = {}
        self._reach: dict[str, PolicyPatch] = {}
        self._known: dict[tuple[str, str, str], Policy] = {}

    def policy_of(self, ref: ConversationRef) -> Policy:
        """Return the rules that hold in the channel of a conversation."""
        channel = (ref.platform, ref.workspace_id, ref.channel_id)
        policy = self._known.get(channel)
        if policy is None:
            policy = self._known[channel] = self._work_out(ref.channel)
        return policy

    async def load(self, ledger: ChannelSettings) -> None:
        """Take over what was set in chat, earlier or by another replica; what is not understood is left out and logged."""
        in_chat: dict[str, dict[str, PolicyPatch]] = defaultdict(dict)
        for channel, settings in (await ledger.channel_settings()).items():
            for name, value in settings.items():
                try:
                    in_chat[channel][name] = parse_setting(name, value)
                except SettingsError as error:
                    log.warning("policy.setting_ignored", channel=channel, error=str(error))
        self._reach = {channel: found.pop(REACH) for channel, found in in_chat.items() if REACH in found}
        self._in_chat = dict(in_chat)
        self._known.clear()

    async def set(self, channel: ConversationRef, name: str, value: str, ledger: ChannelSettings) -> None:
        """Change one setting of a channel, such as `mode` to `on`, and keep it.

        Raises:
            SettingsError: If there is no such setting, or not this value; nothing is changed.
        """
        patch = parse_setting(name, value)
        await ledger.set_channel_setting(channel.channel.key, name, value)
        self._in_chat.setdefault(channel.channel.key, {})[name] = patch
        self._known.clear()

    async def unset(self, channel: ConversationRef, name: str, ledger: ChannelSettings) -> bool:
        """Let the policy file and the defaults hold again for one setting; False if nobody had set it in chat."""
        known = await ledger.unset_channel_setting(channel.channel.key, name)
        self._in_chat.get(channel.channel.key, {}).pop(name, None)
        self._known.clear()
        return known

    def origin_of(self, channel: ConversationRef, name: str) -> Origin:
        """Return where the value of a setting comes from; what is set in chat wins over the file, the narrower table first."""
        patches = (
            (Origin.CHAT, self._in_chat.get(channel.channel.key, {}).get(name)),
            (Origin.CHANNEL, self._rules.channels.get(channel.channel.key)),
            (Origin.PLATFORM, self._rules.platforms.get(channel.platform)),
            (Origin.DEFAULT, self._rules.default),
            (Origin.SETTINGS, self._given),
        )
        return next((where for where, patch in patches if patch and name in patch.model_fields_set), Origin.BUILT_IN)

    async def saw(self, channel: ConversationRef, reach: Reach, ledger: ChannelSettings) -> None:
        """Keep who reads in a channel, as its platform says; the file may say otherwise."""
        key = channel.channel.key
        known = self._reach.get(key)
        if (Reach.OPEN if known is None else known.reach) is reach:
            return
        await ledger.set_channel_setting(key, REACH, reach.value)
        self._reach[key] = PolicyPatch(reach=reach)
        self._known.clear()

    def reload(self) -> bool:
        """Read the file again if it changed; a bad one is refused with a line in the log, and the old rules stay."""
        if not self._files.changed():
            return False
        try:
            self._rules = self._files.read()
        except SettingsError as error:
            log.error("policy.refused", error=str(error))  # noqa: TRY400 -- the message says it all
            return False
        self._known.clear()
        log.info("policy.reloaded", file=str(self._files.path))
        return True

    async def watch(self, *, every_s: float = 2.0) -> None:
        """Reload whenever the file changes, until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            self.reload()

    def _work_out(self, channel: ConversationRef) -> Policy:
        policy = self._given.apply(_LOCAL if channel.platform == "local" else _REMOTE)
        policy = self._reach.get(channel.key, PolicyPatch()).apply(policy)
        policy = self._rules.apply(policy, channel)
        for patch in self._in_chat.get(channel.key, {}).values():
            policy = patch.apply(policy)
        return policy if policy.reach is Reach.OPEN else replace(policy, audience=LearnedAudience.CHANNEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRules:
    """What commands change and show: the rules of channels, and where each comes from."""

    policies: Policies
    ledger: ChannelSettings

    async def set(self, channel: ConversationRef, name: str, value: str) -> None:
        """Set one, durably. Raises SettingsError if it is not understood; nothing is changed then."""
        await self.policies.set(channel, name, value, self.ledger)

    async def unset(self, channel: ConversationRef, name: str) -> bool:
        """Let the policy file and the defaults hold again; False if nothing was set in chat."""
        return await self.policies.unset(channel, name, self.ledger)

    def origin_of(self, channel: ConversationRef, name: str) -> Origin:
        """Return where a value comes from."""
        return self.policies.origin_of(channel, name)


class PolicyFiles:
    """The policy file and the files of examples that it names; knows whether one of them changed since it was read."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._read_at: dict[Path, tuple[int, int] | None] = {}

    def changed(self) -> bool:
        """Whether a file is another than the one that was read."""
        return any(_stamp(path) != stamp for path, stamp in self._read_at.items())

    def read(self) -> PolicyRules:
        """Read them; without a file there are no rules but the defaults.

        Raises:
            SettingsError: If one cannot be read, or says something that is not understood.
        """
        path = self.path
        if path is None:
            return PolicyRules()
        self._read_at = {path: _stamp(path)}
        try:
            return parse_policy(path.read_text("utf-8-sig"), name=str(path), scopes=cache(self._scope))
        except OSError as error:
            mend = "VIGIL_POLICY_FILE names it; docs/operating.md shows a whole file."
            raise SettingsError(f"The policy file {path} cannot be read ({error.strerror}).", hint=mend) from error
        except UnicodeDecodeError as error:
            raise SettingsError(f"The policy file {path} is not UTF-8 text, at byte {error.start}.") from error

    def _scope(self, name: str) -> Scope:
        path = Path(self.path or "").parent / name
        self._read_at[path] = _stamp(path)
        scope = read_scope(path)
        counts = {"in_scope": scope.inside, "reject": scope.outside}
        log.info(
            "policy.scope", file=str(path), **counts, precision=round(scope.precision, 2), recall=round(scope.recall, 2)
        )
        return scope


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
