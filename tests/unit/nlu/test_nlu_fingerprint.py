"""A model is trained again when what it is made of changes, and only then."""

from __future__ import annotations

import json
from pathlib import Path

from nlu import fingerprint as made_of


def test_one_more_sentence_is_another_model(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "greet.yml").write_text("a")
    first = made_of.fingerprint(data=data)
    assert made_of.fingerprint(data=data) == first
    (data / "greet.yml").write_text("b")
    assert made_of.fingerprint(data=data) != first


def test_a_model_of_other_data_is_out_of_date(tmp_path: Path) -> None:
    assert not made_of.is_trained(tmp_path)
    assert made_of.current_model(tmp_path) is None
    folder = tmp_path / "current"
    folder.mkdir()
    (folder / "model.tar.gz").write_bytes(b"")
    (folder / "made.json").write_text(json.dumps({"fingerprint": "old"}))
    assert not made_of.is_trained(tmp_path)
    (folder / "made.json").write_text(json.dumps({"fingerprint": made_of.fingerprint()}))
    assert made_of.is_trained(tmp_path)
    assert made_of.current_model(tmp_path) == folder / "model.tar.gz"
