from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest

from retrieval import train_encoder
from retrieval.encoder import load_encoder
from retrieval.library import Library
from retrieval.train_encoder import Recipe, train
from retrieval.training_data import Clause, TrainingDataMissing, cloze, data_folder, gather

RECIPE = Recipe(vocabulary=120, dimensions=16, steps=12, batch=8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Training data of the real shape, very small."""
    texts = [
        f"第{n}类网格员应当巡查社区，发现安全隐患及时报告。居民委员会应当公开办事制度，接受居民监督。"
        for n in range(40)
    ]
    statutes = [
        {"id": n, "law": "某条例", "article": "第一条", "chapter": "第一章  总则", "text": text}
        for n, text in enumerate(texts)
    ]
    queries = [
        {"query_id": n, "split": "dev" if n == 3 else "train", "query": f"谁巡查第{n}类", "gold_ids": [n]}
        for n in range(4)
    ]
    for name, rows in (
        ("statutes", statutes),
        ("stard_corpus", [{"id": n, "name": "某条例", "text": text} for n, text in enumerate(texts)]),
        ("stard_queries", queries),
    ):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "stard_unseen_gold_dev.json").write_text("[0, 1]")
    return tmp_path


@pytest.fixture
def asked(library: Library) -> Library:
    """Enough questions about one document to learn from."""
    questions = {("east", n): tuple(f"{n}号问题第{i}问网格社区" for i in range(10)) for n in (1, 2, 3)}
    return Library(library.documents, questions, library.below, library.unanswerable)


def test_only_the_training_split_is_learned_from(folder: Path, asked: Library) -> None:
    assert [query for query, _ in gather(folder, asked).asked] == ["谁巡查第0类", "谁巡查第1类", "谁巡查第2类"]
    assert [query for query, _ in gather(folder, asked, split="strict").asked] == ["谁巡查第2类", "谁巡查第3类"]


def test_two_trainings_give_the_same_weights_and_an_ordinary_model(
    folder: Path, asked: Library, tmp_path: Path
) -> None:
    data = gather(folder, asked)
    first, second = train(data, RECIPE), train(data, RECIPE)
    text = ["网格员应当巡查", "别的话"]
    np.testing.assert_array_equal(first.encode(text), second.encode(text))
    first.save(str(tmp_path / "model"), create_model_card=False)
    loaded = load_encoder(tmp_path / "model")
    assert loaded.dimensions == 16
    np.testing.assert_allclose(np.linalg.norm(loaded.encode(text), axis=1), 1, atol=1e-5)


def test_a_cloze_belongs_to_its_article() -> None:
    clause = Clause("某条例 总则", "甲应当办理。乙应当公开；丙应当监督。")
    for seed in range(20):
        part, rest = cloze(clause, random.Random(seed))
        assert part in clause.text
        assert rest.removeprefix("某条例 总则 ") != part


def test_without_data_the_shipped_encoder_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRIDBOT_TRAINING_DATA", str(tmp_path / "none"))
    monkeypatch.setattr("sys.argv", ["train_encoder", "--out", str(tmp_path / "model")])
    with pytest.raises(TrainingDataMissing, match="GRIDBOT_TRAINING_DATA"):
        data_folder()
    train_encoder.main()
    assert "stays" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
