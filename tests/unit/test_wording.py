"""The catalogue of sentences: found by key, filled by field, and what people typed is never a template."""

from __future__ import annotations

import re
import string
from pathlib import Path
from threading import Thread

import pytest

from handlers.categories import Categories
from wording import DEFAULT_LANGUAGE, UnknownWording, catalogue, go_on_in, has, in_chinese, say, speaking, translated


def test_a_sentence_is_found_by_its_key_and_its_fields_are_filled() -> None:
    assert "20000" in say("errors.text_too_long", limit=20000)


def test_an_unknown_key_is_a_mistake_of_ours() -> None:
    with pytest.raises(UnknownWording):
        say("errors.there_is_no_such_key")
    assert not has("errors.there_is_no_such_key")


def test_a_field_that_is_not_given_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        say("errors.text_too_long", wrong=1)


def test_what_people_typed_is_a_parameter_and_never_a_template() -> None:
    assert say("report.what.shown", text="{category} {0} {", category="路灯") == "{category} {0} {（路灯）"


def test_every_key_leads_to_one_sentence_of_text() -> None:
    assert len(catalogue()) > 100
    for key, sentence in catalogue().items():
        assert key.count(".") >= 1
        assert "\x00" not in sentence
        assert sentence == sentence.strip()


# ── in another language ──

CATEGORIES = Categories.load(Path(__file__).parents[2] / "knowledge" / "categories.yml")
SAID_IN_CHINESE = {"limits.off_list", "limits.certificates"}
"""Texts that are forwarded to offices: nobody says them in another language."""
NAMES = {"language.name.zh-CN", "page.menu.language", "telegram.commands.language"}
"""The name of a language in itself."""
QUOTED = re.compile(r"“[^”]*”|《[^》]*》|\([^)]*\)")
HAN = re.compile(r"[\u3400-\u9fff]")


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_sentence_has_its_english() -> None:
    missing = catalogue().keys() - catalogue("en").keys() - SAID_IN_CHINESE
    assert not missing, sorted(missing)


def test_english_has_nothing_but_those_sentences_and_the_names_of_matters() -> None:
    matters = {f"category.{id}" for group in CATEGORIES.tree().values() for id in group}
    assert catalogue("en").keys() - catalogue().keys() == matters


def test_a_sentence_has_the_same_fields_in_english() -> None:
    english = catalogue("en")
    wrong = [key for key, said in catalogue().items() if key in english and fields(said) != fields(english[key])]
    assert not wrong, wrong


def test_a_telephone_number_that_is_said_is_said_in_english_too() -> None:
    """Advice that changes must not stay behind in another language where lives hang on it."""
    english = catalogue("en")
    wrong = [
        key
        for key, said in catalogue().items()
        if key in english and set(re.findall(r"\d{3,5}", said)) != set(re.findall(r"\d{3,5}", english[key]))
    ]
    assert not wrong, wrong


def test_english_holds_no_chinese_but_quotations_and_names() -> None:
    wrong = [key for key, said in catalogue("en").items() if key not in NAMES and HAN.search(QUOTED.sub("", said))]
    assert not wrong, wrong


def test_what_is_said_is_said_in_the_language_that_is_spoken() -> None:
    with speaking("en"):
        assert say("flow.resume") == "Go on"
        assert in_chinese("flow.resume") == "接着填"
        assert translated("category.street_light", "路灯照明") == "street lighting"
        go_on_in(DEFAULT_LANGUAGE)
        assert say("flow.resume") == "接着填"
        go_on_in("en")
    assert say("flow.resume") == "接着填"
    assert translated("category.street_light", "路灯照明") == "路灯照明"


def test_a_language_that_nobody_has_written_is_chinese() -> None:
    with speaking("de-AT"):
        assert say("flow.resume") == "接着填"


def test_what_one_thread_speaks_is_nothing_to_another() -> None:
    said = []
    with speaking("en"):
        other = Thread(target=lambda: said.append(say("flow.resume")))
        other.start()
        other.join()
        assert say("flow.resume") == "Go on"
    assert said == ["接着填"]
