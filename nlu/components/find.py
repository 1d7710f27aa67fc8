"""All things named in a text, with offsets into the text as it was typed."""

from functools import lru_cache

from nlu.components.lexicon import find_roles, find_services
from nlu.components.names import find_names
from nlu.components.normalise import Normalised, normalise
from nlu.components.numbers import find_phones, find_ticket_numbers
from nlu.components.places import find_places
from nlu.components.spans import Span, without_overlaps
from nlu.components.times import find_times

_FINDERS = (find_ticket_numbers, find_phones, find_names, find_services, find_times, find_roles)


def others_in(text: str) -> list[Span]:
    """All but the places of a normalised text; they may overlap."""
    return [span for finder in _FINDERS for span in finder(text)]


@lru_cache(maxsize=4)  # classifiers mask with the same spans that are given out as entities
def find_in(normalised: Normalised) -> tuple[Span, ...]:
    """Spans over ``normalised.text``, in order, none overlapping another."""
    others = others_in(normalised.text)
    return tuple(without_overlaps([*others, *find_places(normalised.text, others)]))


def find_entities(text: str) -> list[Span]:
    """Spans over ``text`` itself: ``text[start:end]`` is what the person typed."""
    normalised = normalise(text)
    found: list[Span] = []
    for span in find_in(normalised):
        start, end = normalised.span(span.start, span.end)
        value = text[start:end] if span.kind in {"place", "time", "name", "service"} else span.value
        found.append(Span(span.kind, value, start, end, span.confidence))
    return found
