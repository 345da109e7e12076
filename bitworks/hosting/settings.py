"""Every setting, with its unit and default. Read once, at the top; passed down as values.

Each is an environment variable of the same name in capitals.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    HttpUrl,
    NonNegativeFloat,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from standardwebhooks import Webhook

from bitworks.amqp.amqp_url import read_amqp_url
from bitworks.fanout.redis_url import read_redis_url
from bitworks.realtime.engine.origins import ANY_PORT, DEFAULT_PORTS, parse_origin
from bitworks.storage.connection_url import read_connection_url
from bitworks.storage.pooler import Pooler

MIN_SECRET_BYTES = 32
# PAGES_HERE: those that are developed beside an embedded server, on whatever port.
PAGES_HERE = ("http://localhost:*", "http://127.0.0.1:*")
ProducerName = Literal["openai", "webhook", "amqp", "demo", "none"]


class Settings(BaseSettings):
    """The settings of the environment, validated. Raises ValidationError, which the command prints in a line each."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    host: str | None = Field(
        default=None, description="address to listen on; 127.0.0.1 when embedded, else 0.0.0.0"
    )
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    data_dir: Path = Field(
        default=Path(".data"), description="where the embedded servers and the secret live"
    )
    database_url: str | None = Field(
        default=None, description="PostgreSQL 15 or later; unset: an embedded one"
    )
    redis_url: str | None = Field(
        default=None, description="Redis or Valkey; unset: one process needs none, workers have their own"
    )
    secret_key: str | None = Field(
        default=None, description="signs tokens, at least 32 bytes; embedded: made once"
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="origins of pages beside its own, by commas; http://localhost:* for any port; * for all",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="addresses or networks whose X-Forwarded-For is believed, separated by commas"
    )
    site_name: str = Field(
        default="Bitworks Message",
        min_length=1,
        max_length=60,
        description="what people call this server; it stands on the first page",
    )
    registration: Literal["open", "closed"] = Field(default="open", description="whether anyone may register")
    registrations_per_hour: int = Field(
        default=10, ge=1, description="accounts that one address may make in an hour"
    )
    access_token_seconds: int = Field(default=900, ge=1, description="lifetime of an access token, seconds")
    refresh_token_days: int = Field(default=30, ge=1, description="lifetime of an unused session, days")
    bcrypt_rounds: int = Field(default=12, ge=4, le=16, description="cost of a password hash, log2 of rounds")
    requests_per_second: int = Field(
        default=300,
        ge=1,
        description="what one user may ask of an instance; ten times that at once",
    )
    connections_per_user: int = Field(
        default=100, ge=1, description="sockets and held requests of one user on an instance"
    )
    rate_limits: Literal["on", "off"] = Field(default="on", description="off only for benchmarks and tests")
    database_connections: int = Field(
        default=10, ge=2, le=100, description="connections in the pool of one worker"
    )
    database_pooler: Pooler = Field(
        default="auto",
        description="whether a pooler between gives each transaction another connection; auto: if one is there",
    )

    client_dist: Path | None = Field(
        default=None, description="a build of the web client to serve; unset: the one that came with it"
    )
    web_concurrency: int = Field(default=1, ge=1, le=64, description="worker processes on the port")
    advertise_url: str | None = Field(
        default=None,
        description="http://host:port at which the other instances reach this one; unset: none does",
    )

    @field_validator("database_url")
    @classmethod
    def _readable_database(cls, value: str | None) -> str | None:
        if value is not None:
            read_connection_url(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _readable_redis(cls, value: str | None) -> str | None:
        if value is not None:
            read_redis_url(value)
        return value

    @field_validator("amqp_url")
    @classmethod
    def _readable_amqp(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_amqp_url(value.get_secret_value())
        return value

    @field_validator("advertise_url")
    @classmethod
    def _plain_http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or "@" in parts.netloc:
            raise ValueError("must be http://host:port, with nothing behind it")
        return f"http://{parts.netloc}"

    public_url: HttpUrl | None = Field(
        default=None, description="where others reach this server; unset: http://localhost and the port"
    )
    reply_producer: ProducerName | None = Field(
        default=None, description="who answers; unset: what is configured, else demo when embedded, else none"
    )
    reply_base_url: HttpUrl | None = Field(
        default=None, description="an OpenAI-compatible server, up to and with its /v1; unset: OpenAI's own"
    )
    reply_api_key: SecretStr | None = Field(default=None, description="the key of that server, if it has one")
    reply_model: str | None = Field(
        default=None, min_length=1, description="the model where none is chosen: it answers, and counts"
    )
    reply_models: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="the models that may be chosen, separated by commas; unset: any"
    )
    reply_timeout: int = Field(default=600, ge=1, description="how long an upstream may be silent, seconds")
    reply_retries: Annotated[tuple[NonNegativeFloat, ...], NoDecode] = Field(
        default=(1, 5, 30, 120, 300), description="waits before each try but the first, seconds, by commas"
    )
    reply_workers: int = Field(
        default=100, ge=0, description="replies worked on at once by a process; 0: it leaves them to others"
    )
    replies_per_user: int = Field(
        default=10, ge=1, description="replies of one user worked on at once, by all processes"
    )
    unfinished_replies_per_user: int = Field(
        default=50, ge=1, description="replies of one user that are worked on or wait; more are refused"
    )
    webhook_url: HttpUrl | None = Field(default=None, description="the workflow that answers")
    webhook_secret: SecretStr | None = Field(
        default=None, description="signs what is sent to it: whsec_ and base64, as Standard Webhooks has it"
    )
    webhook_timeout: int = Field(default=900, ge=1, description="how long its answer may take, seconds")

    amqp_url: SecretStr | None = Field(
        default=None,
        description="RabbitMQ, to which every change is told; several: amqp://user:password@one,two/",
    )
    amqp_declare: Literal["on", "off"] = Field(
        default="on", description="whether the exchange and the queue are made; off: they must be there"
    )
    amqp_relay: Literal["on", "off"] = Field(
        default="on", description="whether serving processes tell of changes; off: `bitworks relay` does"
    )

    @field_validator("cors_origins", "trusted_proxies", "reply_models", "reply_retries", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """As browsers write them."""
        return tuple(map(_as_browsers_write, value))

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network, strict=False)
            except ValueError:
                raise ValueError(f"{network} is neither an address nor a network") from None
        return value

    @model_validator(mode="after")
    def _secret(self) -> Self:
        if self.database_url and not self.secret_key:
            raise ValueError("SECRET_KEY is required when DATABASE_URL is set")
        if self.secret_key is not None and len(self.secret_key.encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"SECRET_KEY must have at least {MIN_SECRET_BYTES} bytes")
        return self

    @field_validator("webhook_secret")
    @classmethod
    def _signing_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                Webhook(value.get_secret_value())
            except Exception:  # noqa: BLE001 - its causes would name what must not be shown
                raise ValueError("must be whsec_ and base64: whsec_$(openssl rand -base64 32)") from None
        return value

    @model_validator(mode="after")
    def _one_producer(self) -> Self:
        if self.reply_producer is None and self._has_openai and self.webhook_url:
            raise ValueError("REPLY_PRODUCER must say which answers, openai or webhook: both are configured")
        if self.producer == "openai" and not (self._has_openai and self.reply_model):
            raise ValueError("REPLY_MODEL and one of REPLY_BASE_URL and REPLY_API_KEY are required by openai")
        if self.producer == "webhook" and not (self.webhook_url and self.webhook_secret):
            raise ValueError("WEBHOOK_URL and WEBHOOK_SECRET are required by webhook")
        if self.producer == "amqp" and not self.amqp_url:
            raise ValueError("AMQP_URL is required by amqp")
        return self

    @property
    def _has_openai(self) -> bool:
        return self.reply_base_url is not None or self.reply_api_key is not None

    @property
    def producer(self) -> ProducerName:
        """The name of the producer. The demonstration is chosen only where the database is embedded."""
        if self.reply_producer is not None:
            return self.reply_producer
        if self._has_openai:
            return "openai"
        if self.webhook_url is not None:
            return "webhook"
        return "demo" if self.embedded else "none"

    @property
    def chosen_models(self) -> tuple[str, ...]:
        """The models that the settings name, the default first."""
        return tuple(dict.fromkeys((*filter(None, [self.reply_model]), *self.reply_models)))

    @property
    def default_model(self) -> str | None:
        """The model of a conversation that names none; None where the settings name none."""
        return next(iter(self.chosen_models), None)

    @property
    def callback_url(self) -> str:
        """The URL at which a workflow reaches this server, without a slash at its end."""
        return str(self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def page_origins(self) -> tuple[str, ...]:
        """The origins of pages that may use the server: those that are set, else, embedded, those of this machine."""
        return self.cors_origins or (PAGES_HERE if self.embedded else ())

    @property
    def embedded(self) -> bool:
        """Whether this program runs its own PostgreSQL, in the data directory."""
        return self.database_url is None

    @property
    def address(self) -> str:
        """The host name or address to listen on."""
        return self.host or ("127.0.0.1" if self.embedded else "0.0.0.0")  # noqa: S104 - a server's default


def _as_browsers_write(text: str) -> str:
    """An origin, maybe with any port, or one of the two words. Raises ValueError."""
    if text in ("*", "null"):
        return text
    bare = text.removesuffix(ANY_PORT)
    origin = parse_origin(bare)
    if origin is None or (bare != text and origin.port not in (None, DEFAULT_PORTS.get(origin.scheme))):
        raise ValueError(f"{text} is no origin such as https://chat.example.org or http://localhost:*")
    return str(origin) + text[len(bare) :]
