"""The catalogue of sentences: found by key, filled by field, and what people typed is never a template."""

from __future__ import annotations

import pytest

from wording import UnknownWording, catalogue, has, say


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
