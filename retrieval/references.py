"""Questions that name an article or a document themselves: 第十八条说什么, 通化市条例第19条, 营商环境条例."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.library import Library
from retrieval.ordinances.model import key_of
from retrieval.ordinances.numerals import SIGNS, to_int

_ARTICLE = re.compile(rf"第\s*([{SIGNS}]{{1,6}})\s*条(?:\s*之\s*([{SIGNS}]{{1,3}}))?")
# 19条 without 第 is a reference only where a law is spoken of: "我有3条建议" is none.
_BARE = re.compile(rf"(?:条例|规定|办法|法)[^,。?!]{{0,4}}?([{SIGNS}]{{1,4}})\s*条")


@dataclass(frozen=True)
class Mentions:
    """What a question (half-width, as ``Search`` cleans it) names itself.

    Attributes:
        articles: numbers of articles (``Article.key``, for 第十八条之一), in order.
        places: places with ordinances, as in ``Places.named``.
        documents: ids of documents named by title or subject.
        rest: the question without the names of places and titles: what is asked for.
    """

    articles: tuple[int, ...]
    places: tuple[str, ...]
    documents: tuple[str, ...]
    rest: str


def mentions(query: str, library: Library) -> Mentions:
    """Find articles, places and documents that ``query`` names."""
    figures = _ARTICLE.findall(query) or [(number, "") for number in _BARE.findall(query)]
    numbers = [(to_int(number), to_int(inserted) or 0) for number, inserted in figures]
    documents: list[str] = []
    rest = query
    for names in library.names.named(query):
        if any(name in query for name in names.full):
            documents.append(names.document)
            for name in names.full:
                rest = rest.replace(name, "")
        else:
            documents.append(names.document)
            rest = rest.replace(names.short, "")
    places = library.places.named(query)
    named = [id for id in documents if not places or library.documents[id].jurisdiction in places]
    rest = library.places.without_names(rest)
    articles = tuple(key_of(number, inserted) for number, inserted in numbers if number is not None)
    return Mentions(articles, places, tuple(named or documents), rest)
