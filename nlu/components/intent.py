"""Rasa graph component: which intent, with calibrated probabilities, and danger to life weighed higher."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components import progress
from nlu.components.danger import danger_weight, sounds_dangerous, weigh
from nlu.components.encoder import load_encoder
from nlu.components.linear import Linear, Settings, softmax, train

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = ("sizes", "rarest", "cue_weight", "matter_weight", "dense_weight", "strength", "solver", "folds", "seed")


def settings_from(config: dict[str, Any]) -> Settings:
    """The classifier's settings out of a component's part of config.yml."""
    chosen = {name: config[name] for name in SETTINGS if name in config}
    if "sizes" in chosen:
        chosen["sizes"] = tuple(chosen["sizes"])
    return Settings(**chosen)


def encoder_from(config: dict[str, Any]) -> Any:
    """The encoder named in config.yml, or None."""
    return load_encoder(ROOT / config["encoder"]) if config.get("encoder") else None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CalibratedIntentClassifier(IntentClassifier, GraphComponent):
    """Logistic regression over character n-grams, cues and, if there is one, the project's sentence encoder."""

    @classmethod
    def required_components(cls) -> list[type]:
        return []

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"encoder": None, "danger": "report_emergency", "danger_recall": 0.98, "danger_precision": 0.88}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage = storage
        self._resource = resource
        self.model: Linear | None = None
        self.weight = 1.0

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "CalibratedIntentClassifier":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "CalibratedIntentClassifier":
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component.model = Linear.load(folder, encoder_from(component._config))
            component.weight = float(json.loads((folder / "danger.json").read_text())["weight"])
        return component

    def train(self, training_data: TrainingData) -> Resource:
        examples = [one for one in training_data.intent_examples if one.get(INTENT) and one.get(TEXT)]
        texts = [one.get(TEXT) for one in examples]
        names = [one.get(INTENT) for one in examples]
        model, unseen, labels = train(
            texts,
            names,
            settings_from(self._config),
            encoder_from(self._config),
            lambda done, total: progress.report("meanings", done, total),
        )
        self.model = model
        self.weight = self._weight(texts, softmax(unseen / model.temperature), labels)
        with self._storage.write_to(self._resource) as folder:
            model.save(folder)
            (folder / "danger.json").write_text(json.dumps({"weight": self.weight}))
        return self._resource

    def _weight(self, texts: list[str], unseen: Any, labels: Any) -> float:
        assert self.model is not None
        if self._config["danger"] not in self.model.classes:
            return 1.0
        at = self.model.classes.index(self._config["danger"])
        sounds = np.array([sounds_dangerous(text) for text in texts])
        recall, precision = self._config["danger_recall"], self._config["danger_precision"]
        return danger_weight(unseen, np.asarray(labels) == at, sounds, at, recall, precision)

    def process(self, messages: list[Message]) -> list[Message]:
        assert self.model is not None
        for message in messages:
            text = message.get(TEXT) or ""
            pairs = self.model.probabilities(text)
            if self.weight != 1.0 and sounds_dangerous(text):
                pairs = weigh(pairs, self._config["danger"], self.weight)
            ranking = [{"name": name, "confidence": p} for name, p in pairs]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages
