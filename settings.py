"""Typed settings, read once from the environment; a wrong one stops the start with one line that names it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

ROOT = Path(__file__).resolve().parent

VARIABLES = {
    "host": "GRIDBOT_HOST",
    "port": "GRIDBOT_PORT",
    "home": "GRIDBOT_HOME",
    "database": "GRIDBOT_DATABASE_URL",
    "nlu_url": "GRIDBOT_NLU_URL",
    "encoder": "GRIDBOT_ENCODER",
    "telegram_token": "TELEGRAM_BOT_TOKEN",
    "telegram_api_base": "TELEGRAM_API_BASE",
}
"""Which environment variable sets which field. Nothing else is read: HOME and PORT mean other things on every machine."""

DEFAULT_ENCODER = ROOT / "retrieval" / "encoder-model"


class WrongSetting(Exception):
    """A setting that cannot be used; the message names it and says what it should be."""


class Settings(BaseModel):
    """All that can be set from outside, with the defaults of a fresh machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    home: Path = ROOT / "var"
    database: str = ""
    nlu_url: str = ""
    encoder: str = str(DEFAULT_ENCODER)
    telegram_token: SecretStr = SecretStr("")
    telegram_api_base: str = "https://api.telegram.org"

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        try:
            return value.expanduser().resolve()
        except (RuntimeError, OSError):
            raise ValueError("should be a folder") from None

    @field_validator("nlu_url", "telegram_api_base")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not _is_web_address(value):
            raise ValueError("should be an address such as http://127.0.0.1:5005")
        return value.rstrip("/")

    @field_validator("database")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value and not _is_store_address(value):
            raise ValueError("should be sqlite:////folder/file or postgresql://user@host/name")
        return value

    @field_validator("telegram_token")
    @classmethod
    def _one_word(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value().strip()
        if not secret.isascii() or any(sign.isspace() or sign in "/?#" for sign in secret):
            raise ValueError("should be the token that @BotFather gave, such as 110201543:AAHdqTcv…")
        return SecretStr(secret)

    @property
    def database_url(self) -> str:
        """The store's address: the one that was set, else an SQLite file in ``home``."""
        return self.database or f"sqlite:///{self.home / 'gridbot.sqlite3'}"

    @property
    def missing_encoder(self) -> Path | None:
        """The encoder's folder where one is named that does not exist: known without loading anything."""
        is_path = self.encoder.startswith(("/", ".", "~"))
        folder = Path(self.encoder).expanduser()
        return folder if is_path and not folder.is_dir() else None


def _is_store_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        known, _port = parts.scheme.split("+")[0], parts.port
    except ValueError:
        return False
    if known == "sqlite":
        return not parts.netloc and parts.path.removeprefix("/") not in {"", ":memory:"}
    return known == "postgresql" and bool(parts.netloc or parts.query)


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        return False


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the environment; an empty variable counts as not set.

    Raises:
        WrongSetting: names the variable; what it held is not repeated (it may be a secret).
    """
    said = os.environ if environment is None else environment
    try:
        return Settings.model_validate({field: said[name] for field, name in VARIABLES.items() if said.get(name)})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        problem = str(first["msg"]).removeprefix("Value error, ")
        raise WrongSetting(f"{VARIABLES[str(first['loc'][0])]}: {problem[:1].lower()}{problem[1:]}") from None
