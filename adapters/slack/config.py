"""What an operator sets for Slack."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from vigil_bot.errors import SettingsError

SLACK_URL = "https://slack.com/api/"
MEMBERS = "members"  # in `analysts`: everybody who belongs to the workspace and is no guest


class Transport(StrEnum):
    """How events reach us: over a connection that we open, or by requests of Slack's to a public address."""

    SOCKET = "socket"
    HTTP = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackConfig:
    """A Slack app: the tokens of one workspace, or what OAuth needs for many.

    analysts holds ids of people (U..., W...) and of user groups (S...), or "members"; public_url is the address under which
    the console is reached from outside, for OAuth only; state_folder is where installations are kept.
    Raises SettingsError if something is missing or mistaken for something else.
    """

    state_folder: Path
    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    public_url: str = ""
    base_url: str = SLACK_URL
    transport: Transport = Transport.SOCKET
    analysts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for value, prefix, name in (
            (self.bot_token, "xoxb-", "VIGIL_SLACK_BOT_TOKEN"),
            (self.app_token, "xapp-", "VIGIL_SLACK_APP_TOKEN"),
        ):
            if value and not value.startswith(prefix):
                raise SettingsError(
                    f"{name} must begin with {prefix}; it looks like another token or secret of the app."
                )
        if not self.bot_token and not self.has_oauth:
            hint = "Set it to the Bot User OAuth Token of OAuth & Permissions; docs/slack.md shows where."
            raise SettingsError("VIGIL_SLACK_BOT_TOKEN is not set.", hint=hint)
        if self.transport is Transport.SOCKET and not self.app_token:
            hint = "Make one with the scope connections:write under Basic Information, App-Level Tokens."
            raise SettingsError("VIGIL_SLACK_APP_TOKEN is not set, which Socket Mode needs.", hint=hint)
        if self.transport is Transport.HTTP and not self.signing_secret:
            hint = "It stands under Basic Information, App Credentials."
            raise SettingsError("VIGIL_SLACK_SIGNING_SECRET is not set, which HTTP delivery needs.", hint=hint)
        if self.has_oauth and not self.public_url:
            hint = "Set it to the https address under which people reach the console."
            raise SettingsError("VIGIL_PUBLIC_URL is not set, which installing by OAuth needs.", hint=hint)

    @property
    def has_oauth(self) -> bool:
        """Whether workspaces can install the app by OAuth."""
        return bool(self.client_id and self.client_secret)

    @property
    def site(self) -> str:
        """Where Slack's pages are, without a slash at the end; a test server has them beside its API."""
        return self.base_url.rstrip("/").removesuffix("/api")
