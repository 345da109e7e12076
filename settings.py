"""Every setting, with its unit and default. Read once, at the top; passed down as values.

Each is an environment variable of the same name in capitals.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIN_SECRET_BYTES = 32


class Settings(BaseSettings):
    """The environment, validated. A bad value stops the start with one line."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

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
        default=(), description="origins allowed from browsers, separated by commas; * for all"
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="addresses or networks whose X-Forwarded-For is believed, separated by commas"
    )
    registration: Literal["open", "closed"] = Field(default="open", description="whether anyone may register")
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

    web_concurrency: int = Field(default=1, ge=1, le=64, description="worker processes on the port")
    advertise_url: str | None = Field(
        default=None,
        description="http://host:port at which the other instances reach this one; unset: none does",
    )

    @field_validator("advertise_url")
    @classmethod
    def _plain_http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or "@" in parts.netloc:
            raise ValueError("must be http://host:port, with nothing behind it")
        return f"http://{parts.netloc}"

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

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

    @property
    def embedded(self) -> bool:
        return self.database_url is None

    @property
    def address(self) -> str:
        return self.host or ("127.0.0.1" if self.embedded else "0.0.0.0")  # noqa: S104 - a server's default
