"""Everything an operator can set, as VIGIL_... variables. The only reader of the environment; read once, then passed on."""

import difflib
import ipaddress
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from dotenv.parser import parse_stream
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from vigil_bot.errors import SettingsError
from vigil_bot.model.policy import Mode
from vigil_bot.redact import redactor

PREFIX = "VIGIL_"
ENV_FILE = Path(".env")
FETCHED_MODEL = (
    Path(__file__).parents[1] / ".cache" / "models" / "all-MiniLM-L6-v2"
)  # where scripts/run puts the weights
MIN_TOKEN_CHARS = 16


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _names(value: object) -> object:
    return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value


Lower = BeforeValidator(_lower)
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
Paths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_names)]
Transport = Annotated[Literal["socket", "http"], Lower]


class Address(NamedTuple):
    """Where the console listens; port 0 lets the system choose one."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this computer can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def url(self) -> str:
        """The address as a browser wants it."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


class Settings(BaseSettings):
    """What the variables say; empty ones count as not set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    home: Path = Field(default=Path("data"), examples=["./data"])
    console_address: str = Field(default="127.0.0.1:8765", examples=["127.0.0.1:8765"])
    console_token: SecretStr | None = Field(default=None, examples=["(what `openssl rand -hex 24` prints)"])
    public_url: str | None = Field(default=None, examples=["https://vigil.example.com"])
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Lower] = Field(default="info", examples=["info"])
    log_format: Annotated[Literal["auto", "json", "pretty"], Lower] = Field(default="auto", examples=["json"])

    settle_s: float | None = Field(default=None, ge=0, le=3600, allow_inf_nan=False, examples=["30"])
    default_mode: Annotated[Mode, Lower] | None = Field(default=None, examples=["shadow"])
    policy_file: Path | None = Field(default=None, examples=["./policy.toml"])
    worker_slots: int = Field(default=8, ge=1, le=256, examples=["8"])
    lease_s: float = Field(default=30.0, ge=3, le=600, examples=["30"])
    distill_cron: str = Field(default="17 * * * *", examples=["17 * * * *"])

    docs: Paths = Field(default=(), examples=["./runbooks,/srv/handbook"])
    docs_cron: str = Field(default="11 * * * *", examples=["11 * * * *"])

    database_url: SecretStr | None = Field(default=None, examples=["sqlite:////var/lib/vigil/vigil.db"])
    chroma_url: str | None = Field(default=None, examples=["http://127.0.0.1:8000"])
    embedder: Annotated[Literal["auto", "builtin", "minilm", "openai"], Lower] = Field(
        default="auto", examples=["builtin"]
    )
    embedder_path: Path | None = Field(default=None, examples=["./models/all-MiniLM-L6-v2"])
    embedding_model: str | None = Field(default=None, examples=["text-embedding-3-small"])

    model_base_url: str | None = Field(default=None, examples=["https://api.openai.com/v1"])
    model_api_key: SecretStr | None = Field(default=None, examples=["sk-..."])
    model_name: str | None = Field(default=None, examples=["gpt-5-mini"])
    model_images: bool = Field(default=False, examples=["true"])
    model_prices: str = Field(default="", examples=["0.25/2.0"])
    model_daily_tokens: int | None = Field(default=None, ge=0, examples=["2000000"])
    model_daily_cost: float | None = Field(default=None, ge=0, allow_inf_nan=False, examples=["20"])
    model_daily_cost_workspace: float | None = Field(default=None, ge=0, allow_inf_nan=False, examples=["10"])
    model_daily_cost_channel: float | None = Field(default=None, ge=0, allow_inf_nan=False, examples=["2"])
    model_cassette: Path | None = Field(default=None, examples=["./replies.jsonl"])
    model_cassette_mode: Annotated[Literal["record", "replay"], Lower] = Field(default="record", examples=["replay"])

    redact_ips: bool = Field(default=False, examples=["true"])
    redact_domains: Names = Field(default=(), examples=["corp.example,internal"])

    slack_bot_token: SecretStr | None = Field(default=None, examples=["xoxb-..."])
    slack_app_token: SecretStr | None = Field(default=None, examples=["xapp-..."])
    slack_signing_secret: SecretStr | None = Field(default=None, examples=["8f74..."])
    slack_transport: Transport = Field(default="socket", examples=["http"])
    slack_client_id: str | None = Field(default=None, examples=["12345.67890"])
    slack_client_secret: SecretStr | None = Field(default=None, examples=["9d1c..."])
    slack_analysts: Names = Field(default=(), examples=["S0614TZR7,U061F7AUR"])
    slack_base_url: str = Field(default="https://slack.com/api/", examples=["https://slack.com/api/"])

    lark_app_id: str | None = Field(default=None, examples=["cli_a1b2c3"])
    lark_app_secret: SecretStr | None = Field(default=None, examples=["Xy12..."])
    lark_encrypt_key: SecretStr | None = Field(default=None, examples=["k3y..."])
    lark_verification_token: SecretStr | None = Field(default=None, examples=["t0k..."])
    lark_transport: Transport = Field(default="socket", examples=["http"])
    lark_analysts: Names = Field(default=(), examples=["ou_7d8a6e6df7621556ce0d21922b676706"])
    lark_read_bots: Names = Field(default=(), examples=["cli_a1b2c3"])
    lark_whole_groups: Names = Field(default=(), examples=["oc_a0553eda9014c201e6969b478895c230"])
    lark_cut_chats: Names = Field(default=(), examples=["all"])
    lark_domain: str = Field(default="https://open.larksuite.com", examples=["https://open.feishu.cn"])

    @field_validator("*", mode="before")
    @classmethod
    def _strip(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    @field_validator("console_address")
    @classmethod
    def _check_address(cls, text: str) -> str:
        parse_address(text)
        return text

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, url: SecretStr | None) -> SecretStr | None:
        scheme = url.get_secret_value().partition(":")[0].partition("+")[0] if url else "sqlite"
        if scheme not in ("sqlite", "postgresql"):
            raise ValueError("must begin with sqlite:// or postgresql://")
        return url

    @field_validator("chroma_url", "model_base_url", "public_url", "slack_base_url", "lark_domain")
    @classmethod
    def _check_url(cls, url: str | None) -> str | None:
        if url is not None and not _is_http_url(url):
            raise ValueError("must be an address that begins with http:// or https://")
        return url

    @field_validator("distill_cron", "docs_cron")
    @classmethod
    def _check_cron(cls, text: str) -> str:
        from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 -- a sixth of a second, for a rare setting

        CronTrigger.from_crontab(text)
        return text

    @field_validator("console_token")
    @classmethod
    def _check_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < MIN_TOKEN_CHARS:
            raise ValueError(f"must have at least {MIN_TOKEN_CHARS} characters")
        return token

    @field_validator("home", "policy_file", "embedder_path", "model_cassette")
    @classmethod
    def _expand(cls, path: Path | None) -> Path | None:
        return path.expanduser() if path else path

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.console_token is None and not self.console.is_loopback:
            raise ValueError(
                "VIGIL_CONSOLE_TOKEN is required when VIGIL_CONSOLE_ADDRESS can be reached from other computers, "
                "e.g. VIGIL_CONSOLE_TOKEN=(what `openssl rand -hex 24` prints)"
            )
        if (self.model_name or self.embedding_model) and not self.model_base_url:
            raise ValueError("VIGIL_MODEL_NAME and VIGIL_EMBEDDING_MODEL need VIGIL_MODEL_BASE_URL too")
        if self.model_base_url and not (self.model_name or self.embedding_model):
            raise ValueError("VIGIL_MODEL_BASE_URL needs VIGIL_MODEL_NAME or VIGIL_EMBEDDING_MODEL too")
        if self.embedder == "openai" and not self.embedding_model:
            raise ValueError("VIGIL_EMBEDDER=openai needs VIGIL_EMBEDDING_MODEL too")
        return self

    @property
    def console(self) -> Address:
        """Where the console listens."""
        return parse_address(self.console_address)

    @property
    def sqlalchemy_url(self) -> str:
        """The database; may hold a password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home.absolute() / 'vigil.db'}"

    @property
    def minilm_path(self) -> Path:
        """The folder that holds, or would hold, the weights of the sentence model."""
        return self.embedder_path or FETCHED_MODEL

    @property
    def remote_platforms(self) -> tuple[str, ...]:
        """The platforms that somebody gave credentials for."""
        given = {
            "slack": self.slack_bot_token or self.slack_app_token or self.slack_client_id,
            "lark": self.lark_app_id or self.lark_app_secret,
        }
        return tuple(name for name, secret in given.items() if secret)


def load_settings(env_file: Path | None = ENV_FILE) -> Settings:
    """Read the environment and, where that says nothing, the file.

    Raises:
        SettingsError: One line that names each wrong variable and how to mend it, never its value.
    """
    _read_env_file(env_file)
    try:
        return Settings(_env_file=env_file)
    except ValidationError as error:
        # The original quotes the values, secrets among them: it must not be shown as the cause.
        raise SettingsError("; ".join(_describe(one["loc"], one["msg"]) for one in error.errors()) + ".") from None


def unknown_variables(env_file: Path | None = ENV_FILE) -> list[str]:
    """Return one line for each VIGIL_... variable that means nothing, with the one that was perhaps meant.

    Raises:
        SettingsError: If the file cannot be read.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    given = {name for name in (*os.environ, *_read_env_file(env_file)) if name.upper().startswith(PREFIX)}
    lines = []
    for name in sorted(name for name in given if name.upper() not in known):
        near = difflib.get_close_matches(name.upper(), known, n=1)
        lines.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "."))
    return lines


def parse_address(text: str) -> Address:
    """Parse `host:port`, an IPv6 host in brackets.

    Raises:
        ValueError: If it is something else.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:  # noqa: PLR2004
        raise ValueError("must be host:port, the port between 0 and 65535")
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or (":" in bare and host == bare) or any(c.isspace() or c == "/" for c in bare):
        raise ValueError("must be host:port; a host of IPv6 stands in brackets, 0.0.0.0 means every address")
    return Address(bare, int(port))


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _describe(place: tuple[int | str, ...], message: str) -> str:
    """Put pydantic's words (which do not hold the value) behind the variable's name, with an example."""
    message = message.removeprefix("Value error, ")
    if not place:
        return message
    field = str(place[0])
    example = (Settings.model_fields[field].examples or [""])[0]
    name = PREFIX + field.upper()
    return f"{name}: {message[:1].lower() + message[1:]}, e.g. {name}={example}"


def _read_env_file(path: Path | None) -> Mapping[str, str | None]:
    """Return what a .env file sets; nothing when there is none."""
    if path is None or not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8") as file:
            lines = list(parse_stream(file))
    except (OSError, UnicodeDecodeError) as error:
        what = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read ({error.strerror})"
        raise SettingsError(f"The settings file {path} {what}.", hint="See .env.example for its form.") from error
    for line in lines:
        if line.error:
            where = f"The settings file {path}, line {line.original.line}, cannot be read."
            raise SettingsError(where, hint="Each line is NAME=value; quote a value that holds spaces or #.")
    return {line.key: line.value for line in lines if line.key}


def redact_of(settings: Settings) -> Callable[[str], str]:
    """Return what redacts as the settings want it."""
    return redactor(addresses=settings.redact_ips, domains=settings.redact_domains)
