"""Greeting, thanks, help, abuse, and what this service has nothing to do with."""

from __future__ import annotations

import re

from handlers.categories import OTHER
from handlers.forms import BY_INTENT
from handlers.messages import Button
from handlers.turn import Turn
from wording import say

_MENU = ("ask_ordinance", "report_issue", "volunteer_signup", "ticket_status")

_WHO_I_AM = re.compile(
    r"(你|您|这)(到底|究竟)?(是|不是|是不是)?(一?个)?.{0,3}(机器人?|人工智能|ai|AI|真人|活人|人工|电脑|程序)(吗|啊|吧|么|还是|不|呀|？|\?|$)|^你是(谁|什么|人吗)"
)

MATTER = 0.25
"""Probability of report_issue from which abuse is taken for an angry report, where the kind of matter is sure."""
_SURE_CATEGORY = 0.9
_MINOR = re.compile(
    r"我.{0,6}(小学生|初中生|高中生|中学生|未成年|小孩|学生|(?<!\d)(1[0-7]|[7-9])岁|[一二三四五六]年级)"
)


def asks_who_i_am(text: str) -> bool:
    """Whether the person wants to know if a human is there (你是不是机器人)."""
    return len(text) <= 20 and "投诉" not in text and _WHO_I_AM.search(text) is not None


def asks_as_minor(text: str) -> bool:
    """Whether a child asks if it may use this (我是初中生能反映问题吗)."""
    return len(text) <= 30 and _MINOR.search(text) is not None and re.search(r"吗|么|不|[?？]", text) is not None


def said_as_minor(text: str) -> re.Match[str] | None:
    """Where the person says that she is a child (我今年12岁)."""
    return None if "孩子" in text else _MINOR.search(text)


def matter_under(turn: Turn) -> bool:
    """Whether abuse has a matter in it (你个王八蛋垃圾堆了三天没人清)."""
    category = turn.entity("category")
    known = category is not None and category.value != OTHER and category.confidence >= _SURE_CATEGORY
    return turn.intent == "abusive" and known and turn.chance("report_issue") >= MATTER


def who_i_am(turn: Turn) -> None:
    turn.reply("smalltalk.who_i_am", [Button(say("meaning.human_handoff"), "do:human_handoff")])


def menu() -> list[Button]:
    return [Button(say(f"smalltalk.menu.{intent}"), f"do:{intent}") for intent in _MENU]


def menu_choice(text: str) -> str | None:
    """The intent of the menu's button whose label was typed instead of pressed."""
    return next((intent for intent in _MENU if text.strip() == say(f"smalltalk.menu.{intent}")), None)


def greet(turn: Turn) -> None:
    turn.reply("smalltalk.greet", menu())


def thanks(turn: Turn) -> None:
    turn.reply("smalltalk.thanks")


def help_(turn: Turn) -> None:
    turn.reply("smalltalk.help", menu())


def out_of_scope(turn: Turn) -> None:
    turn.reply("smalltalk.out_of_scope", menu())


def abusive(turn: Turn) -> None:
    """Stay calm; where there is a matter under the abuse, take it."""
    if matter_under(turn):
        turn.reply("smalltalk.abusive_taken")
        BY_INTENT["report_issue"](turn)
        return
    turn.reply("smalltalk.abusive", [Button(say("smalltalk.menu.report_issue"), "do:report_issue")])


def nothing_asked(turn: Turn) -> None:
    """A yes or no with no question open."""
    turn.reply("smalltalk.nothing_asked", menu())
