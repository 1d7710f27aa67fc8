"""Settings come from their own variables only, and a wrong one is named without being repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings import ROOT, Settings, WrongSetting, read_settings


def test_without_any_variable_the_defaults_of_a_fresh_machine_hold() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.home) == ("127.0.0.1", 8080, ROOT / "var")
    assert settings.database_url == f"sqlite:///{ROOT / 'var' / 'gridbot.sqlite3'}"
    assert settings.telegram_token.get_secret_value() == ""


@pytest.mark.parametrize("name", ["HOME", "PORT", "HOST", "DATABASE", "ENCODER", "home", "port"])
def test_variables_that_mean_other_things_on_every_machine_are_not_read(name: str) -> None:
    assert read_settings({name: "1234"}) == read_settings({})


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_settings({"GRIDBOT_PORT": "", "GRIDBOT_HOME": "", "TELEGRAM_BOT_TOKEN": ""}) == read_settings({})


def test_every_variable_reaches_its_field(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "GRIDBOT_HOST": "::1",
            "GRIDBOT_PORT": "9090",
            "GRIDBOT_HOME": str(tmp_path),
            "GRIDBOT_DATABASE_URL": "postgresql://grid@db/gridbot",
            "GRIDBOT_NLU_URL": "http://nlu:5005/",
            "GRIDBOT_ENCODER": "some/model",
            "TELEGRAM_BOT_TOKEN": " 123:abc ",
            "TELEGRAM_API_BASE": "https://bots.example/",
        }
    )
    assert settings.model_dump(exclude={"telegram_token"}) == {
        "host": "::1",
        "port": 9090,
        "home": tmp_path,
        "database": "postgresql://grid@db/gridbot",
        "nlu_url": "http://nlu:5005",
        "encoder": "some/model",
        "telegram_api_base": "https://bots.example",
    }
    assert settings.telegram_token.get_secret_value() == "123:abc"
    assert settings.database_url == "postgresql://grid@db/gridbot"


def test_a_relative_home_is_made_absolute_so_that_a_change_of_folder_moves_nothing() -> None:
    assert read_settings({"GRIDBOT_HOME": "state"}).home == Path.cwd() / "state"
    assert read_settings({"GRIDBOT_HOME": "~/state"}).home == Path.home() / "state"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRIDBOT_PORT", "80a"),
        ("GRIDBOT_PORT", "0"),
        ("GRIDBOT_PORT", "65536"),
        ("GRIDBOT_PORT", "-1"),
        ("GRIDBOT_HOME", "~nobody-of-this-name/x"),
        ("GRIDBOT_DATABASE_URL", "mysql://secret@host/db"),
        ("GRIDBOT_DATABASE_URL", "secret"),
        ("GRIDBOT_DATABASE_URL", "sqlite://"),
        ("GRIDBOT_DATABASE_URL", "sqlite:///"),
        ("GRIDBOT_DATABASE_URL", "sqlite:///:memory:"),
        ("GRIDBOT_DATABASE_URL", "postgresql://"),
        ("GRIDBOT_DATABASE_URL", "postgresql://user:secret@host:port/db"),
        ("GRIDBOT_NLU_URL", "secret:5005"),
        ("GRIDBOT_NLU_URL", "ftp://secret"),
        ("GRIDBOT_NLU_URL", "http://"),
        ("GRIDBOT_NLU_URL", "http://secret:99999"),
        ("GRIDBOT_NLU_URL", "http://[secret"),
        ("TELEGRAM_API_BASE", "api.telegram.org"),
        ("TELEGRAM_BOT_TOKEN", "a secret"),
        ("TELEGRAM_BOT_TOKEN", "https://secret"),
        ("TELEGRAM_BOT_TOKEN", "秘密secret"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it_and_keeps_what_it_held(name: str, value: str) -> None:
    with pytest.raises(WrongSetting) as caught:
        read_settings({name: value})
    line = str(caught.value)
    assert line.startswith(f"{name}: ")
    assert "\n" not in line
    assert "secret" not in line


def test_a_named_folder_of_an_encoder_that_is_not_there_is_known_without_loading_anything(tmp_path: Path) -> None:
    assert Settings(encoder=str(tmp_path / "none")).missing_encoder == tmp_path / "none"
    assert Settings(encoder=str(tmp_path)).missing_encoder is None
    assert Settings(encoder="organisation/model").missing_encoder is None
    assert Settings().missing_encoder is None


def test_the_token_does_not_show_where_settings_are_printed() -> None:
    assert "abc" not in repr(Settings.model_validate({"telegram_token": "123:abc"}))
