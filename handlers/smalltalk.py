"""Greeting, thanks, help, abuse, and what this service has nothing to do with."""

from __future__ import annotations

from handlers.messages import Button
from handlers.turn import Turn
from wording import say

_MENU = ("ask_ordinance", "report_issue", "volunteer_signup", "ticket_status")


def menu() -> list[Button]:
    return [Button(say(f"smalltalk.menu.{intent}"), f"do:{intent}") for intent in _MENU]


def greet(turn: Turn) -> None:
    turn.reply("smalltalk.greet", menu())


def thanks(turn: Turn) -> None:
    turn.reply("smalltalk.thanks")


def help_(turn: Turn) -> None:
    turn.reply("smalltalk.help", menu())


def out_of_scope(turn: Turn) -> None:
    turn.reply("smalltalk.out_of_scope", menu())


def abusive(turn: Turn) -> None:
    turn.reply("smalltalk.abusive", [Button(say("smalltalk.menu.report_issue"), "do:report_issue")])


def nothing_asked(turn: Turn) -> None:
    """A yes or no with no question open."""
    turn.reply("smalltalk.nothing_asked", menu())
