"""The one door of conversations: a message comes in, its meaning leads to one module, replies go out.

Order of attention, never changed by any form: danger to life; what a button asks; the form in front (see ``form``);
everything else, after which the form goes on where it was.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from handlers import (
    aside,
    buttons,
    emergency,
    flow,
    form,
    language,
    leafing,
    limits,
    mine,
    ordinance,
    own,
    personal,
    report,
    several,
    smalltalk,
)
from handlers.meanings import OPENS_A_FORM, PERHAPS_DANGER, act, is_choice
from handlers.messages import Incoming, Reply
from handlers.reading import complains, is_bare_fact, only_asks_to_report, place_answer, wants_to_go_on, wants_to_talk
from handlers.state import State, load
from handlers.turn import MAX_TEXT, Services, Turn
from nlu.client import Understanding
from tickets.errors import StaleVersion, TicketError
from wording import say, speaking

LIKELY = 0.07
"""Probability from which a meaning is offered to somebody who was not understood."""
OFFERS = 2
"""How often a form that was left is offered by itself; later she can still say 接着填."""

NOTHING = Understanding("", 0.0)

COMMANDS = {
    "start": "greet",
    "help": "help",
    "ask": "ask_ordinance",
    "report": "report_issue",
    "mine": "ticket_status",
    "volunteer": "volunteer_signup",
    "privacy": "privacy_request",
    "cancel": "cancel_flow",
    "language": "language",
}


def needs_understanding(incoming: Incoming) -> bool:
    """Buttons, commands and empty messages mean what they say."""
    return incoming.kind == "text" and bool(incoming.text.strip()) and not incoming.text.startswith("/")


def turn(
    session: Session, incoming: Incoming, meaning: Understanding | None, services: Services, now: datetime
) -> list[Reply]:
    """Answer one message, in the caller's transaction.

    Args:
        meaning: what the text means; None for what needs no understanding.

    Returns:
        The replies, in order; at least one.
    """
    row = load(session, incoming.channel, incoming.conversation, now)
    meant = personal.without_others_phones(meaning, incoming.text) if meaning is not None else NOTHING
    this = Turn(session, incoming, meant, State.from_json(row.state or {}), services.for_one_turn(), now, row.place)
    with speaking(this.state.language):
        _route(this)
        if incoming.kind == "text" and len(incoming.text) > MAX_TEXT:
            # Before the answer, for the last thing said is the question that stands open.
            this.replies.insert(0, Reply(say("errors.text_cut", limit=MAX_TEXT)))
    row.state, row.place, row.updated_at = this.state.to_json(), this.place, now
    return this.replies


def _route(turn: Turn) -> None:
    _rest(turn)
    asked, turn.state.open = turn.state.open, None
    try:
        if turn.incoming.kind == "payload":
            buttons.pressed(turn)
        elif turn.incoming.kind == "location":
            # There is no map of the grid yet, so the place is asked in words.
            turn.reply("errors.location_in_words")
            flow.repeat(turn)
        elif turn.incoming.kind == "other":
            turn.reply("errors.kind_not_taken")
            flow.repeat(turn)
        elif not turn.text.strip():
            turn.reply("errors.empty")
            flow.repeat(turn)
        elif turn.text.startswith("/"):
            _command(turn)
        else:
            _said(turn, asked)
    except StaleVersion:
        # Somebody wrote at the same moment: the lane does the whole turn again.
        raise
    except TicketError as error:
        own.say_error(turn, error)
        draft = turn.state.active
        if draft is not None and "_ticket" in draft.slots:
            # What the form is about cannot be done any more (the ticket was closed meanwhile): asking on would be idle.
            turn.state.active = None
            flow.goes_on(turn)
        else:
            flow.repeat(turn)


def _rest(turn: Turn) -> None:
    draft = turn.state.active
    if draft is None or turn.incoming.kind != "text":
        return
    if turn.now - datetime.fromisoformat(draft.touched_at) > flow.RESTS:
        flow.park(turn)


def _said(turn: Turn, asked: str | None) -> None:
    told = several.matters(turn.text, turn.meaning, turn.services.categories)
    if told:
        _one_after_another(turn, told, asked)
        return
    if emergency.is_over(turn):
        emergency.offer_withdrawal(turn)
        return
    if _danger(turn):
        return
    if asked is not None and (turn.state.active is None or asked == "danger") and aside.answer(turn, asked):
        return
    if leafing.follow(turn):
        flow.repeat(turn)
        return
    if turn.state.active is not None:
        language.warn(turn)
        form.said(turn, act)
        return
    place = aside.place_said(turn)
    if place is not None:
        buttons.choose_place(turn, place, only_for_now=aside.is_about_elsewhere(turn.text))
        return
    turn.state.unclear = None
    _answer(turn)


def _one_after_another(turn: Turn, told: list[several.Matter], asked: str | None) -> None:
    """Take several matters: danger first, then what can be answered at once; one form is begun, the others wait.

    Where a form is in front, the first thing said is its answer.
    """
    turns = [turn.alone(one.text, one.meaning) for one in told]
    danger = next((one for one in turns if one.says("report_emergency", emergency.DANGER)), None)
    in_form = turn.state.active is not None
    first = danger or (turns[0] if in_form else next((one for one in turns if one.intent in OPENS_A_FORM), turns[-1]))
    rest = [one for one in turns if one is not first]
    if danger is None:
        if not in_form:
            turn.reply("flow.several", count=len(turns))
        for one in [one for one in rest if one.intent not in OPENS_A_FORM]:
            rest.remove(one)
            act(one)
    room = form.LATER_AT_MOST - len(turn.state.later)
    turn.state.later += [one.remembered() for one in rest[:room]]
    if len(rest) > room:
        turn.reply("flow.later_full")
    elif in_form and rest:
        turn.reply("flow.later")
    _said(first, asked)
    if danger is not None:
        flow.goes_on(turn)


def _answer(turn: Turn) -> None:
    """Something new, with no form in front and no question open."""
    if language.take_english(turn) or limits.answer(turn):
        return
    chosen = smalltalk.menu_choice(turn.text)
    if chosen is not None:
        buttons.start(turn, chosen)
    elif wants_to_talk(turn.text):
        turn.reply("meaning.about_what")
    elif turn.state.parked and wants_to_go_on(turn.text):
        buttons.resume(turn)
    elif smalltalk.asks_who_i_am(turn.text):
        smalltalk.who_i_am(turn)
    elif smalltalk.asks_as_minor(turn.text):
        turn.reply("smalltalk.minor", smalltalk.menu())
    elif only_asks_to_report(turn.text):
        buttons.start(turn, "report_issue")
    elif smalltalk.matter_under(turn):
        smalltalk.abusive(turn)
    elif complains(turn):
        report.start(turn)
    elif is_bare_fact(turn):
        _bare_fact(turn)
    elif act(turn):
        left = turn.state.parked[-1] if turn.state.parked and turn.state.active is None else None
        if left is not None and turn.intent not in OPENS_A_FORM and left.offered < OFFERS:
            flow.offer_parked(turn)
    else:
        _ask_meaning(turn)


def _danger(turn: Turn) -> bool:
    """Danger to life comes before everything; True where nothing else is to be said to the message."""
    if _says_where(turn):
        return False
    chance = turn.chance("report_emergency")
    if turn.intent == "report_emergency" and chance >= emergency.DANGER:
        emergency.advise_and_file(turn)
        return True
    if emergency.goes_on(turn):
        emergency.advise_and_file(turn)
        return True
    if chance < PERHAPS_DANGER or is_bare_fact(turn):
        return False
    turn.reply("emergency.perhaps")
    if turn.intent != "report_emergency":
        return False
    turn.state.unclear = turn.remembered()
    choices = [(say("emergency.yes_now"), "mean:report_emergency"), (say("emergency.no_report"), "mean:report_issue")]
    turn.ask("emergency.now", choices)
    turn.state.open = "danger"
    return True


def _says_where(turn: Turn) -> bool:
    """Whether the emergency's own question is being answered (在家), or nothing but a city is said (我在大连).

    Texts so short stand in no training sentence: to the classifier they are as much a cry for help as anything.
    """
    if aside.place_said(turn) is not None:
        return True
    draft = turn.state.active
    if draft is None or draft.flow != "emergency":
        return False
    return turn.entity("place") is not None or (len(turn.text) <= 6 and bool(place_answer(turn)))


def _bare_fact(turn: Turn) -> None:
    """A place or a number with nothing around it: it belongs to the form left a while ago, or to the last ticket."""
    turn.state.unclear = turn.remembered()
    if turn.state.parked:
        flow.offer_parked(turn)
    elif mine.takes_fact(turn):
        turn.state.unclear = None
    elif turn.entity("place") is not None:
        offered = ["report_issue", "find_grid_worker"]
        turn.ask("meaning.about_place", [(say(f"meaning.{intent}"), f"mean:{intent}") for intent in offered])
        turn.state.open = "fact:" + ",".join(offered)
    else:
        turn.reply("meaning.about_what")


def _ask_meaning(turn: Turn) -> None:
    """Ask which of the likeliest meanings it has; a form that was left may be what she speaks of."""
    turn.state.unclear = turn.remembered()
    if turn.state.parked:
        turn.reply("meaning.unclear")
        flow.offer_parked(turn)
        return
    likely = [intent for intent, chance in turn.meaning.ranking if is_choice(intent) and chance >= LIKELY][:3]
    if not likely:
        smalltalk.out_of_scope(turn)
        return
    choices = [(say(f"meaning.{intent}"), f"mean:{intent}") for intent in likely]
    turn.ask("meaning.which", [*choices, (say("meaning.none"), "mean:out_of_scope")])
    turn.state.open = "meaning:" + ",".join(likely)


def _command(turn: Turn) -> None:
    word, _, rest = turn.text[1:].partition(" ")
    intent = COMMANDS.get(word.split("@")[0].lower())
    if intent is None:
        turn.reply("errors.unknown_command")
        flow.repeat(turn)
    elif intent == "ask_ordinance" and rest.strip():
        ordinance.answer_question(turn, rest, turn.place)
        flow.repeat(turn)
    elif intent == "greet":
        smalltalk.greet(turn)
        if turn.place is None:
            ordinance.offer_places(turn)
        flow.park(turn)
        flow.offer_parked(turn)
    else:
        buttons.start(turn, intent, rest)
