"""Glosses: one curated sentence in everyday words on what an article is about (``knowledge/glosses``).

A gloss only introduces its article, which is always shown with it; it never stands for the law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from retrieval.errors import BadGlossFile
from retrieval.library import Library
from retrieval.quotation import Citation

#: In signs: one sentence that is read at a glance.
LONGEST = 60


@dataclass(frozen=True)
class Glosses:
    """All glosses, by document id and article number."""

    by_article: Mapping[tuple[str, int], str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, library: Library) -> Glosses:
        """Read ``<document>.yml`` files: ``{document: id, articles: {18: sentence}}``; unknown documents are passed over.

        Raises:
            BadGlossFile: a file is no such file, or has a gloss that is too long or of an article that must not be quoted.
        """
        found: dict[tuple[str, int], str] = {}
        for file in sorted(folder.glob("*.yml")):
            try:
                content = yaml.safe_load(file.read_text(encoding="utf-8"))
                id = str(content["document"])
                glosses = {int(number): str(gloss) for number, gloss in content["articles"].items()}
            except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
                raise _bad(file, str(error).replace("\n", " ")) from None
            if id not in library.documents:
                continue
            for number, gloss in glosses.items():
                article = library.article(id, number)
                if article is None or not article.trusted:
                    raise _bad(file, f"{id} has no article {number} that may be quoted")
                if not 0 < len(gloss) <= LONGEST:
                    raise _bad(file, f"the gloss of article {number} has {len(gloss)} signs")
                found[id, number] = gloss
        return cls(found)

    def of(self, quote: Citation) -> str:
        """The article's gloss; empty where nobody wrote one."""
        return self.by_article.get((quote.document, quote.article), "")


def _bad(file: Path, problem: str) -> BadGlossFile:
    return BadGlossFile(f"{file.name}: {problem}", file=file.name, problem=problem)
