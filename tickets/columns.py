"""Column types that the tables of this room share."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import Enum


def text_enum(kind: type[StrEnum]) -> Enum:
    """A StrEnum kept as its plain text, so that a new member needs no migration and the table reads well by hand."""

    def values(members: Any) -> list[str]:
        return [member.value for member in members]

    return Enum(kind, native_enum=False, create_constraint=False, length=32, values_callable=values)
