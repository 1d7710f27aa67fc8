"""A person's own data (个人信息): what is kept of her here, and keeping her name from others. ``forgetting`` hands it out
in full and deletes it."""

from __future__ import annotations

from handlers import forgetting, report
from handlers.messages import Button
from handlers.own import keep_secret
from handlers.reading import is_anonymous_wish, is_report_unnamed
from handlers.turn import Turn
from tickets import queries
from tickets.models import OPEN, Ticket
from volunteers.models import VolunteerStatus
from wording import say

_LISTED = 5


def privacy(turn: Turn) -> None:
    """Show, hand out or delete what is stored about the person; or promise secrecy, and note it."""
    if is_report_unnamed(turn.text):
        report.start(turn)
    elif forgetting.is_deletion(turn.text) and forgetting.has_anything(turn):
        forgetting.ask(turn)
    elif is_anonymous_wish(turn) and not forgetting.is_deletion(turn.text):
        _keep_secret(turn)
    elif forgetting.is_export(turn.text):
        forgetting.export(turn)
    else:
        show(turn)


def show(turn: Turn) -> None:
    """Say in short what is stored, numbers masked, and offer all of it, its deletion, or a person."""
    own = queries.tickets_of(turn.session, turn.incoming.channel, turn.incoming.conversation)
    helper = [one for one in forgetting.sign_ups(turn) if one.status == VolunteerStatus.ACTIVE]
    lines = [say("privacy.ticket", number=one.number, contact=_contact(one)) for one in own[:_LISTED]]
    lines += [say("privacy.volunteer", name=one.name, phone=masked(one.phone)) for one in helper]
    if len(own) > _LISTED:
        lines.append(say("privacy.more", count=len(own) - _LISTED))
    turn.state.unclear = turn.remembered()
    turn.state.question += 1
    buttons = [*forgetting.buttons(), *turn.buttons([(say("privacy.person"), "mean:human_handoff")])]
    turn.reply("privacy.stored" if lines else "privacy.nothing", buttons, lines="\n".join(lines))
    if helper:
        turn.reply("privacy.is_volunteer", [Button(say("privacy.leave_volunteers"), "do:volunteer_cancel")])


def _keep_secret(turn: Turn) -> None:
    """Whoever works on a ticket that is filed already has to know that she wants to be unnamed."""
    own = queries.tickets_of(turn.session, turn.incoming.channel, turn.incoming.conversation, limit=1)
    latest = own[0] if own else None
    if latest is None or latest.status not in OPEN:
        turn.reply("people.kept_secret")
        return
    keep_secret(turn, latest.number)
    turn.reply("privacy.secret_noted", number=latest.number)


def _contact(ticket: Ticket) -> str:
    if ticket.anonymous:
        return say("privacy.anonymous")
    known = " ".join(part for part in (ticket.reporter_name, masked(ticket.reporter_phone)) if part)
    return known or say("privacy.no_contact")


def masked(phone: str | None) -> str:
    """``13800138000`` → ``138****8000``: enough to know it again, too little to read it over a shoulder."""
    return f"{phone[:3]}****{phone[-4:]}" if phone and len(phone) >= 8 else "****" if phone else ""
