"""Typed settings, read once from the environment; a wrong one stops the start with one line that names it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent


class WrongSetting(Exception):
    """A setting that cannot be used; the message names it and says what it should be."""


class Settings(BaseSettings):
    """All that can be set from outside. Each field reads the environment variable named in its alias."""

    model_config = SettingsConfigDict(populate_by_name=True, extra="ignore")

    host: str = Field("127.0.0.1", validation_alias="GRIDBOT_HOST")
    port: int = Field(8080, ge=1, le=65535, validation_alias="GRIDBOT_PORT")
    home: Path = Field(ROOT / "var", validation_alias="GRIDBOT_HOME")
    database: str = Field("", validation_alias="GRIDBOT_DATABASE_URL")
    nlu_url: str = Field("", validation_alias="GRIDBOT_NLU_URL")
    encoder: str = Field(str(ROOT / "retrieval" / "encoder-model"), validation_alias="GRIDBOT_ENCODER")
    telegram_token: SecretStr = Field(SecretStr(""), validation_alias="TELEGRAM_BOT_TOKEN")
    telegram_api_base: str = Field("https://api.telegram.org", validation_alias="TELEGRAM_API_BASE")

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("nlu_url", "telegram_api_base")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc):
            raise ValueError("should be an address such as http://127.0.0.1:5005")
        return value.rstrip("/")

    @field_validator("database")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value and urlsplit(value).scheme.split("+")[0] not in {"sqlite", "postgresql"}:
            raise ValueError("should begin with sqlite:/// or postgresql://")
        return value

    @property
    def database_url(self) -> str:
        """The store's address: the one that was set, else an SQLite file in ``home``."""
        return self.database or f"sqlite:///{self.home / 'gridbot.sqlite3'}"


def read_settings() -> Settings:
    """Read the environment.

    Raises:
        WrongSetting: names the variable, what it held is not repeated (it may be a secret).
    """
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        first = error.errors()[0]
        raise WrongSetting(f"{first['loc'][0]}: {first['msg']}") from None
