"""Rasa graph component: what kind of matter, over the second level of knowledge/categories.yml."""

import json
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import progress
from nlu.components.intent import encoder_from, settings_from
from nlu.components.linear import Linear, train

ROOT = Path(__file__).resolve().parent.parent.parent


def read_categories(path: Path) -> list[tuple[str, str, str]]:
    """Triples of an example sentence, the id of its second-level category and that of its first-level one.

    Raises:
        ValueError: the file is not the tree it should be.
    """
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
        tree = tree["categories"] if isinstance(tree, dict) else tree
        return [
            (str(example), child["id"], parent["id"])
            for parent in tree
            for child in parent["children"]
            for example in [*(child.get("examples") or []), child["label"]]
        ]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name}: not a tree of categories ({type(error).__name__})") from None


def read_reports(path: Path, parents: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs of a sentence and the id of its second-level category.

    Raises:
        ValueError: not a mapping from known ids to lists of sentences.
    """
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
        pairs = [(str(text), str(child)) for child, texts in rows.items() for text in texts]
    except (OSError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise ValueError(f"{path.name}: not a mapping from categories to sentences ({type(error).__name__})") from None
    unknown = sorted({child for _, child in pairs} - parents.keys())
    if unknown:
        raise ValueError(f"{path.name}: {', '.join(unknown)}: no such category")
    return pairs


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class CategoryClassifier(EntityExtractorMixin, GraphComponent):
    """Adds one entity ``category`` with the child's id to a text that is a matter."""

    @classmethod
    def required_components(cls) -> list[type]:
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "file": "knowledge/categories.yml",
            "reports": None,
            "encoder": None,
            "matters": ["report_issue", "report_emergency", "ticket_add_info", "ticket_reopen"],
            "least": 0.15,
        }

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage = storage
        self._resource = resource
        self.model: Linear | None = None
        self.parents: dict[str, str] = {}  # second-level id → first-level id

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "CategoryClassifier":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "CategoryClassifier":
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            if (folder / "linear.json").is_file():
                component.model = Linear.load(folder, encoder_from(component._config))
                component.parents = json.loads((folder / "parents.json").read_text())
        return component

    def train(self, training_data: TrainingData) -> Resource:
        path = ROOT / self._config["file"]
        with self._storage.write_to(self._resource) as folder:
            if path.is_file():
                examples = read_categories(path)
                self.parents = {child: parent for _, child, parent in examples}
                pairs = [(text, child) for text, child, _ in examples]
                if self._config["reports"]:
                    pairs += read_reports(ROOT / self._config["reports"], self.parents)
                self.model, _, _ = train(
                    [text for text, _ in pairs],
                    [child for _, child in pairs],
                    settings_from(self._config),
                    encoder_from(self._config),
                    lambda done, total: progress.report("kinds of matter", done, total),
                )
                self.model.save(folder)
                (folder / "parents.json").write_text(json.dumps(self.parents))
        return self._resource

    def _likeliest(self, text: str) -> tuple[str, float]:
        """The likeliest child of the likeliest parent: the first level routes a ticket, so it is decided first."""
        assert self.model is not None
        ranking = self.model.probabilities(text)
        sums: dict[str, float] = {}
        for child, p in ranking:
            sums[self.parents[child]] = sums.get(self.parents[child], 0.0) + p
        best = max(sums, key=lambda parent: sums[parent])
        return next((child, p) for child, p in ranking if self.parents[child] == best)

    def process(self, messages: list[Message]) -> list[Message]:
        if self.model is None:
            return messages
        for message in messages:
            ranking = message.get(INTENT_RANKING_KEY) or []
            matter = sum(one["confidence"] for one in ranking if one["name"] in self._config["matters"])
            if matter < self._config["least"]:
                continue
            name, p = self._likeliest(message.get(TEXT) or "")
            found = {"entity": "category", "value": name, "start": 0, "end": 0, "confidence_entity": p}
            found["extractor"] = "CategoryClassifier"
            message.set(ENTITIES, [*(message.get(ENTITIES) or []), found], add_to_output=True)
        return messages
