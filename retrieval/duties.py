"""What an ordinance lays on a role (职责): curated sentences of its articles, word for word (``knowledge/duties``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from retrieval.errors import BadDutyFile
from retrieval.library import Library


@dataclass(frozen=True)
class Duty:
    """One sentence about a role; ``words`` stand in the article word for word."""

    document: str
    article: int
    words: str


@dataclass(frozen=True)
class Duties:
    """All duties, by document id and the role's name as the files have it (``网格员``)."""

    by_role: Mapping[tuple[str, str], tuple[Duty, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, library: Library) -> Duties:
        """Read ``<document>.yml`` files: ``{document: id, roles: {网格员: [{article: 14, words: …}]}}``.

        Raises:
            BadDutyFile: a file is no such file, or its words do not stand in the article, or the article must not be quoted.
        """
        found: dict[tuple[str, str], tuple[Duty, ...]] = {}
        for file in sorted(folder.glob("*.yml")):
            try:
                content = yaml.safe_load(file.read_text(encoding="utf-8"))
                id = str(content["document"])
                roles = {
                    str(role): tuple(Duty(id, int(duty["article"]), str(duty["words"])) for duty in duties)
                    for role, duties in content["roles"].items()
                }
            except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
                problem = str(error).replace("\n", " ")
                raise BadDutyFile(f"{file.name}: {problem}", file=file.name, problem=problem) from None
            for role, duties in roles.items():
                _verify(file, duties, library)
                found[id, role] = duties
        return cls(found)

    def of(self, role: str, documents: Iterable[str]) -> tuple[Duty, ...]:
        """The duties that the first of these documents with any has for the role; none where none has."""
        return next((duties for id in documents if (duties := self.by_role.get((id, role)))), ())

    def named_in(self, document: str, article: int) -> tuple[str, ...]:
        """The roles that an article lays something on, in the order of the file."""
        return tuple(
            role
            for (id, role), duties in self.by_role.items()
            if id == document and any(duty.article == article for duty in duties)
        )


def _verify(file: Path, duties: Iterable[Duty], library: Library) -> None:
    for duty in duties:
        article = library.article(duty.document, duty.article) if duty.document in library.documents else None
        if article is None or not article.trusted or duty.words not in article.text:
            problem = f"{duty.document} {duty.article} does not say {duty.words}"
            raise BadDutyFile(f"{file.name}: {problem}", file=file.name, problem=problem)
