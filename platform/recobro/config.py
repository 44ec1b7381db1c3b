"""Everything the environment may say, read once, typed; what is wrong is told all at once."""

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kernel.problems import Problem
from kernel.text import msg
from recobro.engines.account import server_account
from recobro.engines.folder import DataFolder

SECRET_LENGTH = 32
_SIGNS = {"ge": "≥", "le": "≤"}
_LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


class Misconfigured(Problem):
    """The environment cannot be right; `sentences` holds every reason, each with what to do."""

    code: ClassVar[str] = "config.invalid"

    def __init__(self, sentences: list[str]) -> None:
        self.sentences = sentences
        super().__init__(
            msg("La configuración no es válida:\n{list}"), list="\n".join(f"- {line}" for line in sentences)
        )


class Tls(StrEnum):
    """How a mail server is spoken to: in the clear, raised to TLS, or TLS from the first byte."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


def default_data() -> Path:
    """The user's own data folder; /var/lib/recobro for a root whose home is closed to the servers' account."""
    home = Path.home()
    if sys.platform == "darwin":
        folder = home / "Library" / "Application Support" / "recobro"
    else:
        folder = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "recobro"
    return Path("/var/lib/recobro") if server_account().barrier(folder) else folder


class Settings(BaseSettings):
    """One installation. Without any variable: embedded engines, this machine only, mail and cards caught locally."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore", populate_by_name=True)

    data: Path = Field(default_factory=default_data, validation_alias="RECOBRO_DATA")
    secret: str | None = Field(default=None, validation_alias="RECOBRO_SECRET", repr=False, min_length=SECRET_LENGTH)
    files: Path | None = Field(default=None, validation_alias="RECOBRO_FILES")
    drop: Path | None = Field(default=None, validation_alias="RECOBRO_DROP")

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL", repr=False)
    database_admin_url: str | None = Field(default=None, validation_alias="DATABASE_ADMIN_URL", repr=False)
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL", repr=False)

    host: str = Field(default="127.0.0.1", validation_alias="RECOBRO_HOST")
    port: int = Field(default=8000, validation_alias="RECOBRO_PORT", ge=1, le=65535)
    web_workers: int = Field(default=1, validation_alias="RECOBRO_WEB_WORKERS", ge=1, le=64)
    public_url: str | None = Field(default=None, validation_alias="PUBLIC_URL")
    proxies: int = Field(default=0, validation_alias="RECOBRO_PROXIES", ge=0, le=5)

    smtp_host: str | None = Field(default=None, validation_alias="SMTP_HOST")
    smtp_port: int = Field(default=587, validation_alias="SMTP_PORT", ge=1, le=65535)
    smtp_user: str | None = Field(default=None, validation_alias="SMTP_USER")
    smtp_password: str | None = Field(default=None, validation_alias="SMTP_PASSWORD", repr=False)
    smtp_tls: Tls = Field(default=Tls.STARTTLS, validation_alias="SMTP_TLS")
    smtp_from: str = Field(default="cobranza@localhost", validation_alias="SMTP_FROM", pattern=r"^[^@\s]+@[^@\s]+$")

    mailbox_host: str = Field(default="127.0.0.1", validation_alias="RECOBRO_MAILBOX_HOST")
    mailbox_port: int = Field(default=8028, validation_alias="RECOBRO_MAILBOX_PORT", ge=1, le=65535)
    mailbox_domain: str | None = Field(
        default=None, validation_alias="RECOBRO_MAILBOX_DOMAIN", pattern=r"^[A-Za-z0-9.-]+$"
    )

    stripe_api_base: str | None = Field(default=None, validation_alias="STRIPE_API_BASE")
    stripe_secret_key: str | None = Field(default=None, validation_alias="STRIPE_SECRET_KEY", repr=False)
    stripe_publishable_key: str | None = Field(default=None, validation_alias="STRIPE_PUBLISHABLE_KEY")
    stripe_webhook_secret: str | None = Field(default=None, validation_alias="STRIPE_WEBHOOK_SECRET", repr=False)

    signing_p12: str | None = Field(default=None, validation_alias="RECOBRO_SIGNING_P12")
    signing_password: str | None = Field(default=None, validation_alias="RECOBRO_SIGNING_PASSWORD", repr=False)

    @field_validator("data", "files", "drop")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path.expanduser().resolve() if path else None

    @property
    def files_folder(self) -> Path:
        """Where documents are kept."""
        return self.files or self.data / "files"

    @property
    def drop_folder(self) -> Path:
        """Below which clients' watched folders are."""
        return self.drop or self.data / "drop"

    @property
    def mail_domain(self) -> str:
        """The domain of the addresses that take clients' files."""
        return self.mailbox_domain or self.smtp_from.partition("@")[2]

    @property
    def address(self) -> str:
        """The address people use, without a final slash; links in mails start with it."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://{host}:{self.port}"

    @property
    def checkout_origin(self) -> str:
        """Where the card page is: Stripe's own, or the local server's."""
        if self.stripe_api_base is None:
            return "https://checkout.stripe.com"
        parts = urlsplit(self.stripe_api_base)
        return f"{parts.scheme}://{parts.netloc}"

    def signing_secret(self) -> str:
        """RECOBRO_SECRET, or the one an installation on one machine made for itself."""
        return self.secret or DataFolder(self.data).secret("secret")


def load_settings() -> Settings:
    """The settings of this process. Misconfigured lists everything that is wrong with them."""
    sentences = []
    settings = None
    try:
        settings = Settings()
    except ValidationError as error:
        sentences = [_sentence(dict(one)) for one in error.errors()]
    sentences += _contradictions({name: value.strip() for name, value in os.environ.items() if value.strip()})
    if sentences or settings is None:
        raise Misconfigured(sentences)
    return settings


def _sentence(error: dict[str, Any]) -> str:
    """One sentence on one variable. What was given is not repeated: it may be a secret."""
    name = str(error["loc"][0])
    bounds = error.get("ctx", {})
    match error["type"]:
        case "int_parsing" | "int_type" | "int_from_float":
            reason = msg("debe ser un número entero")
        case "greater_than_equal" | "less_than_equal":
            reason = msg("está fuera de los límites ({bounds})").format(
                bounds=", ".join(f"{_SIGNS[key]} {value}" for key, value in bounds.items())
            )
        case "string_too_short":
            reason = msg("es demasiado corta: usa al menos {length} caracteres al azar").format(
                length=bounds["min_length"]
            )
        case "enum":
            reason = msg("debe ser una de: {choices}").format(choices=bounds["expected"].replace(" or ", ", "))
        case "string_pattern_mismatch":
            reason = (
                msg("debe ser un dominio, como carga.cobranza.example")
                if name.endswith("_DOMAIN")
                else msg("debe ser una dirección de correo")
            )
        case _:
            reason = str(error["msg"])
    return f"{name} {reason}."


def _contradictions(environ: Mapping[str, str]) -> list[str]:
    """What is wrong between variables, or with the shape of an address."""
    found = [
        *_addresses(environ, "DATABASE_URL", ("postgresql", "postgres")),
        *_addresses(environ, "DATABASE_ADMIN_URL", ("postgresql", "postgres")),
        *_addresses(environ, "REDIS_URL", ("redis", "rediss", "unix")),
        *_addresses(environ, "PUBLIC_URL", ("https", "http")),
        *_addresses(environ, "STRIPE_API_BASE", ("https", "http")),
    ]
    if "DATABASE_URL" in environ and "RECOBRO_SECRET" not in environ:
        found.append(
            msg("Falta RECOBRO_SECRET: con una base de datos externa todos los procesos usan el mismo. Crea uno con "
                "`python3 -c 'import secrets; print(secrets.token_urlsafe(48))'`.")
        )  # fmt: skip
    secret = environ.get("RECOBRO_SECRET", "")
    if len(secret) >= SECRET_LENGTH and len(set(secret)) < 10:
        found.append(msg("RECOBRO_SECRET se repite demasiado: usa caracteres al azar."))
    public = urlsplit(environ.get("PUBLIC_URL", ""))
    if public.scheme == "http" and public.hostname not in _LOCAL_HOSTS:
        found.append(msg("PUBLIC_URL debe empezar con https:// fuera de esta máquina."))
    if ("SMTP_USER" in environ) != ("SMTP_PASSWORD" in environ):
        found.append(msg("SMTP_USER y SMTP_PASSWORD van juntas: falta una de las dos."))
    if "SMTP_USER" in environ and "SMTP_HOST" not in environ:
        found.append(msg("Falta SMTP_HOST: hay un usuario de correo pero no un servidor."))
    if environ.get("SMTP_TLS") == Tls.NONE and "SMTP_USER" in environ and environ.get("SMTP_HOST") not in _LOCAL_HOSTS:
        found.append(msg("SMTP_TLS=none mandaría la contraseña del correo sin cifrar: usa starttls o tls."))
    if "STRIPE_SECRET_KEY" in environ and "STRIPE_WEBHOOK_SECRET" not in environ:
        found.append(msg("Falta STRIPE_WEBHOOK_SECRET: sin él no se puede saber si un aviso de pago es auténtico."))
    return found


def _addresses(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> list[str]:
    if name not in environ:
        return []
    try:
        parts = urlsplit(environ[name])
        complete = parts.scheme in schemes and bool(parts.hostname or parts.path.strip("/") or parts.query)
        _ = parts.port
    except ValueError:
        complete = False
    if complete:
        return []
    return [msg("{name} debe ser una dirección que empiece con {schemes}.").format(
        name=name, schemes=" / ".join(f"{scheme}://" for scheme in schemes[:2]))]  # fmt: skip
