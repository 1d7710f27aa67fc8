"""Templates, and how moments, people and statuses read in them. Every text is escaped unless a template made it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from clock import SHANGHAI
from console.masking import mask_name, mask_phone
from wording import has, say

FOLDER = Path(__file__).parent
STYLESHEET = (FOLDER / "static" / "console.css").read_bytes()
STYLESHEET_VERSION = hashlib.sha256(STYLESHEET).hexdigest()[:12]


def error_sentence(code: str, params: dict[str, str | int] | None = None) -> str:
    """What a refusal says to staff: the console's own sentence, else the room's, else a general one."""
    for key in (f"console.error.{code}", f"errors.{code}"):
        if has(key):
            return say(key, **(params or {}))
    return say("console.error.unknown")


def label(group: str, value: object) -> str:
    """The name of a status, role, action …, as staff read it: the console's where the residents' would be odd."""
    own = f"console.{group}.{value}"
    return say(own if has(own) else f"tickets.{group}.{value}")


def moment(at: datetime, form: str = "full") -> Markup:
    """A moment as the clock in China shows it, with the machine's form beside it."""
    here = at.astimezone(SHANGHAI)
    fields = {"year": here.year, "month": here.month, "day": here.day, "hour": here.hour, "minute": here.minute}
    return Markup('<time datetime="{}">{}</time>').format(
        here.isoformat(timespec="seconds"), say(f"console.time.{form}", **fields)
    )


def span(length: timedelta) -> str:
    """A length of time in its two largest units at most: ``2天3小时``, ``40分钟``."""
    minutes = max(int(abs(length).total_seconds() // 60), 1)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return say("console.time.days_hours" if hours else "console.time.days", days=days, hours=hours)
    if hours:
        return say("console.time.hours_minutes" if rest else "console.time.hours", hours=hours, minutes=rest)
    return say("console.time.minutes", minutes=rest)


def page(template: str, status: int = 200, /, **context: object) -> HTMLResponse:
    """A whole page."""
    defaults: dict[str, object] = {"visitor": None, "problem": "", "done": ""}
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(defaults | context), status)


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals.update(say=say, has=has, label=label, stylesheet_version=STYLESHEET_VERSION)
_ENVIRONMENT.filters.update(moment=moment, span=span, mask_name=mask_name, mask_phone=mask_phone)
