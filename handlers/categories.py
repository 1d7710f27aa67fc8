"""The tree of matters (事项分类) in ``knowledge/categories.yml``: two levels, with the usual urgency of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from wording import translated

OTHER = "other_matter"


@dataclass(frozen=True)
class Category:
    """One kind of matter; ``group`` is its first level; ``urgency`` normal, urgent or emergency."""

    id: str
    label: str
    group: str
    group_label: str
    urgency: str

    @property
    def named(self) -> str:
        """Its label in the language that is spoken."""
        return translated(f"category.{self.id}", self.label)


class Categories:
    def __init__(self, categories: list[Category]) -> None:
        self._by_id = {category.id: category for category in categories}

    @classmethod
    def load(cls, file: Path) -> Categories:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
        return cls(
            [
                Category(child["id"], child["label"], group["id"], group["label"], child.get("urgency", "normal"))
                for group in tree
                for child in group["children"]
            ]
        )

    def get(self, category_id: str | None) -> Category:
        """The category, or 其他 where the id is None or unknown (the tree may have changed since it was stored)."""
        return self._by_id.get(category_id or OTHER) or self._by_id[OTHER]

    def tree(self) -> dict[str, dict[str, str]]:
        """Label of each group → its categories' ids and labels, in the file's order."""
        tree: dict[str, dict[str, str]] = {}
        for category in self._by_id.values():
            tree.setdefault(category.group_label, {})[category.id] = category.label
        return tree
