"""What an ordinance lays on a role (职责), and what must not be laid on the community (清单准入): curated sentences of its
articles, word for word (``knowledge/duties``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from retrieval.errors import BadDutyFile
from retrieval.library import Library

TOPICS = {"off_list": ("off_list", "entrusted", "liability"), "certificates": ("certificates",)}
"""What may be asked of a community wrongly, and the kinds of sentences that speak of it: 清单以外的事项 with 书面委托 and
法律责任, 不应由社区出具的证明."""


@dataclass(frozen=True)
class Duty:
    """One sentence about a role or a limit; ``words`` stand in the article word for word."""

    document: str
    article: int
    words: str


@dataclass(frozen=True)
class Duties:
    """All duties, by document id and the role's name as the files have it (``网格员``); all limits, by document id and kind."""

    by_role: Mapping[tuple[str, str], tuple[Duty, ...]] = field(default_factory=dict)
    limits: Mapping[tuple[str, str], tuple[Duty, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, library: Library) -> Duties:
        """Read ``<document>.yml`` files: ``{document: id, roles: {网格员: [{article: 14, words: …}]}, limits: {off_list: […]}}``.

        Raises:
            BadDutyFile: a file is no such file, or its words do not stand in the article, or the article must not be quoted.
        """
        found: dict[tuple[str, str], tuple[Duty, ...]] = {}
        limits: dict[tuple[str, str], tuple[Duty, ...]] = {}
        kinds = {kind for several in TOPICS.values() for kind in several}
        for file in sorted(folder.glob("*.yml")):
            try:
                content = yaml.safe_load(file.read_text(encoding="utf-8"))
                id = str(content["document"])
                roles = _sentences(id, content["roles"])
                bounds = _sentences(id, content.get("limits", {}))
                if unknown := bounds.keys() - kinds:
                    raise ValueError(f"limits: {', '.join(sorted(unknown))}")
            except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
                problem = str(error).replace("\n", " ")
                raise BadDutyFile(f"{file.name}: {problem}", file=file.name, problem=problem) from None
            for duties in (*roles.values(), *bounds.values()):
                _verify(file, duties, library)
            found |= {(id, role): duties for role, duties in roles.items()}
            limits |= {(id, kind): duties for kind, duties in bounds.items()}
        return cls(found, limits)

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

    def topics_of(self, document: str, article: int) -> tuple[str, ...]:
        """The ``TOPICS`` that an article speaks of and that its law has a rule about."""
        return tuple(
            topic
            for topic, kinds in TOPICS.items()
            if self.limits.get((document, topic))
            and any(limit.article == article for kind in kinds for limit in self.limits.get((document, kind), ()))
        )


def _sentences(document: str, by_name: Mapping[str, Iterable[Mapping[str, object]]]) -> dict[str, tuple[Duty, ...]]:
    return {
        str(name): tuple(Duty(document, int(str(one["article"])), str(one["words"])) for one in several)
        for name, several in by_name.items()
    }


def _verify(file: Path, duties: Iterable[Duty], library: Library) -> None:
    for duty in duties:
        article = library.article(duty.document, duty.article) if duty.document in library.documents else None
        if article is None or not article.trusted or duty.words not in article.text:
            problem = f"{duty.document} {duty.article} does not say {duty.words}"
            raise BadDutyFile(f"{file.name}: {problem}", file=file.name, problem=problem)
