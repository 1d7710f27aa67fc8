"""Rasa graph component: places, times, phones, names, ticket numbers, roles and services, by rules of our own."""

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.find import find_entities


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityFinder(EntityExtractorMixin, GraphComponent):
    """Finds what the rules of ``nlu.components`` find; nothing is trained."""

    @classmethod
    def required_components(cls) -> list[type]:
        return []

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EntityFinder":
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            found = [
                {
                    "entity": span.kind,
                    "value": span.value,
                    "start": span.start,
                    "end": span.end,
                    "confidence_entity": span.confidence,
                    "extractor": "EntityFinder",
                }
                for span in find_entities(message.get(TEXT) or "")
            ]
            message.set(ENTITIES, [*(message.get(ENTITIES) or []), *found], add_to_output=True)
        return messages
