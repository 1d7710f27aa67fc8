"""Rasa graph component: which intent, with calibrated probabilities, and danger to life weighed higher."""

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
from nlu.components.danger import danger_weight
from nlu.components.encoder import load_encoder
from nlu.components.linear import Linear, Settings, log_prior, softmax, train

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = ("sizes", "rarest", "cue_weight", "dense_weight", "strength", "solver", "folds", "seed")


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
        danger = self._config["danger"]
        if danger in model.classes:
            at = model.classes.index(danger)
            p = softmax(unseen / model.temperature + log_prior(model.classes, {}))
            weight = danger_weight(
                p, np.asarray(labels) == at, at, self._config["danger_recall"], self._config["danger_precision"]
            )
            model.prior[danger] = weight
        self.model = model
        with self._storage.write_to(self._resource) as folder:
            model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        assert self.model is not None
        for message in messages:
            ranking = [{"name": name, "confidence": p} for name, p in self.model.probabilities(message.get(TEXT) or "")]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages
