"""The language of a conversation: switched by a button or ``/language``, offered to whoever writes English only.

What a person writes is understood in Chinese only; in English the buttons lead on. The law is quoted in Chinese always.
"""

from __future__ import annotations

import re

from handlers import smalltalk
from handlers.messages import Button
from handlers.turn import Turn
from wording import DEFAULT_LANGUAGE, LANGUAGES, go_on_in, say

_WORD = re.compile(r"[A-Za-z][A-Za-z']+")
_ALONE = frozenset({"english", "hello", "hi", "hey", "help", "fire", "gas", "police", "ambulance", "emergency"})
"""Words that are English also where they stand alone; others may be a name, a brand or 拼音."""

_DANGER = re.compile(
    r"\b(?:fire|burning|smoke|gas|explo|suicid|kill|dying|die|bleed|unconscious|breath|heart attack|stab|rape|attack|trapped|collaps|electrocut|emergency|ambulance)",
    re.IGNORECASE,
)


def is_english(text: str) -> bool:
    """Whether a message is written in English only: words of letters, and no sign of another script."""
    words = _WORD.findall(text)
    if not words or not re.fullmatch(r"[\x00-\x7f‘’“”–—…]+", text):
        return False
    return len(words) > 1 or words[0].lower() in _ALONE


def take_english(turn: Turn) -> bool:
    """Offer English, or say that it is not understood yet and show the buttons; False for all other messages."""
    if not is_english(turn.text) or turn.entity("ticket_number") is not None:
        return False
    if turn.state.language == DEFAULT_LANGUAGE:
        turn.reply("language.offer", _choices())
    else:
        turn.reply("language.in_chinese_only", smalltalk.menu())
    return True


def warn(turn: Turn) -> None:
    """Say the emergency numbers where English words in a form may speak of danger: the model hears it in Chinese only."""
    if not turn.replies and is_english(turn.text) and _DANGER.search(turn.text):
        turn.reply("emergency.perhaps")


def ask(turn: Turn) -> None:
    """``/language en``: switch to what is named, else ask which."""
    wanted = turn.text.strip().lower()
    names = {language: (language.lower(), say(f"language.name.{language}").lower()) for language in LANGUAGES}
    named = [language for language in LANGUAGES if wanted and any(name.startswith(wanted) for name in names[language])]
    if named:
        switch(turn, named[0])
    else:
        turn.reply("language.which", _choices())


def switch(turn: Turn, language: str) -> None:
    """Speak a language from now on."""
    if language not in LANGUAGES:
        turn.reply("errors.unknown_button")
        return
    turn.state.language = language
    go_on_in(language)
    turn.reply("language.switched", smalltalk.menu() if turn.state.active is None else ())


def _choices() -> list[Button]:
    return [Button(say(f"language.name.{language}"), f"lang:{language}") for language in reversed(LANGUAGES)]
