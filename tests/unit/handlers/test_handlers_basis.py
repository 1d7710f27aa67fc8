"""What governs a matter is looked up while its ticket is filed; the ticket does not depend on it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from handlers_world import said

from handlers.ordinance import basis_of


class Broken:
    def answer(self, *_: object) -> None:
        raise ValueError("楼道里的灯坏了")


def test_a_matter_is_filed_without_its_articles_where_they_cannot_be_looked_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    turn = replace(said("楼道里的灯坏了"), services=cast(Any, SimpleNamespace(search=Broken())), place="通化市")

    assert basis_of(turn, turn.text) == []
    assert [record.message for record in caplog.records] == ["basis_not_found"]
    assert "灯" not in caplog.text
