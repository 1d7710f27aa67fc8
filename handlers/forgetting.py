"""Handing a person all that is stored of her (查阅复制), and deleting it (删除): 个人信息保护法第四十五、四十七条."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from clock import SHANGHAI
from handlers import flow
from handlers.flow import Flow, flow_of
from handlers.messages import Button
from handlers.state import Draft
from handlers.turn import Turn
from tickets import erasure, outbox, queries
from tickets.models import OPEN, Ticket
from volunteers import service as volunteers
from volunteers.models import Volunteer
from wording import say

_DELETION = re.compile(
    r"(?<!不要)(?<!不想)(?<!别)(?:删|清除|清空|清掉|抹|注销|销毁|忘掉|忘了我|去掉我|撤掉我|(?:不要|别)(?:再)?(?:存|保留|保存))"
)
_EXPORT = re.compile(
    r"导出|下载|副本|拷贝|复制|打包|备份|全部(?:内容|信息|资料|数据|给我|发)|完整|发(?:给我|我)一?份|都发给我|给我一份"
)
_AGREES = re.compile(
    r"^[\s,，。]*(?:(?:对|好|嗯|确认|确定|同意|请|就|都|全部?|全都|给我|帮我)[,，\s]*)*(?:删除?|清空)(?:了|掉|吧|光|除|全部|都|它|啊)*[。!！]*$"
)
LONGEST_REPLY = 1500
"""Characters after which an export goes on in the next message: Telegram takes 4096 bytes of marked-up text."""
_ALL = 1000


def is_deletion(text: str) -> bool:
    return _DELETION.search(text) is not None


def is_export(text: str) -> bool:
    return _EXPORT.search(text) is not None


def buttons() -> list[Button]:
    return [Button(say(f"privacy.button.{what}"), f"p:{what}") for what in ("export", "erase")]


def pressed(turn: Turn, what: str) -> None:
    """A button under what is stored."""
    if what not in {"export", "erase"}:
        turn.reply("errors.unknown_button")
        flow.repeat(turn)
    elif what == "erase":
        ask(turn)
    else:
        export(turn)
        flow.repeat(turn)


def has_anything(turn: Turn) -> bool:
    """Whether anything of the person is stored beside the conversation itself."""
    drafts = turn.state.active is not None or turn.state.parked or turn.state.later
    return bool(drafts) or bool(_tickets(turn)) or bool(sign_ups(turn))


def export(turn: Turn) -> None:
    """All that is stored of the person, in readable messages."""
    drafts = [draft for draft in (*turn.state.parked, turn.state.active) if draft is not None]
    blocks = [say("privacy.export.place", place=turn.place)] if turn.place else []
    blocks += [_ticket(turn, one) for one in _tickets(turn)]
    blocks += [_volunteer(one) for one in sign_ups(turn)]
    blocks += [_draft(turn, draft) for draft in drafts]
    blocks += [say("privacy.export.later", text=told["text"]) for told in turn.state.later]
    page = say("privacy.export.lead")
    for block in [*blocks, say("privacy.export.messages")]:
        if len(page) + len(block) > LONGEST_REPLY:
            turn.tell(page)
            page = block
        else:
            page = f"{page}\n{block}"
    turn.tell(page, buttons()[1:])


def _ticket(turn: Turn, ticket: Ticket) -> str:
    category = turn.services.categories.get(ticket.category)
    contact = " ".join(part for part in (ticket.reporter_name, ticket.reporter_phone) if part)
    unnamed = say("privacy.anonymous" if ticket.anonymous else "privacy.no_contact")
    lines = [
        say(
            "privacy.export.ticket",
            number=ticket.number,
            status=say(f"tickets.status.{ticket.status}"),
            category=category.named,
        ),
        say("privacy.export.description", text=ticket.description),
        say(
            "privacy.export.where",
            place=ticket.place or say("report.not_said"),
            time=ticket.time_said or say("report.not_said"),
        ),
        say("privacy.export.contact", contact=contact or unnamed),
    ]
    if ticket.rating:
        lines.append(say("privacy.export.rating", stars=ticket.rating, comment=ticket.rating_comment or ""))
    for event in ticket.events:
        if event.public:
            done = say(f"tickets.action.{event.action}")
            lines.append(say("privacy.export.event", at=_moment(event.at), done=done, note=event.note).rstrip("：: "))
    return "\n".join(lines)


def _volunteer(one: Volunteer) -> str:
    return say(
        "privacy.export.volunteer",
        name=one.name,
        phone=one.phone,
        services="、".join(one.services) or say("volunteer.open"),
        when=one.availability or say("volunteer.open"),
        place=one.place or say("report.not_said"),
        status=say(f"privacy.export.status.{one.status}"),
        at=_moment(one.created_at),
    )


def _draft(turn: Turn, draft: Draft) -> str:
    shown = "；".join(flow_of(draft).show(turn, draft).values())
    return say("privacy.export.draft", title=say(f"{draft.flow}.title"), text=shown or say("report.not_said"))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def ask(turn: Turn) -> None:
    """Say what is deleted and what stays, and why; nothing is deleted without a yes."""
    flow.begin(turn, FLOW)


def show(turn: Turn, _draft: Draft) -> Mapping[str, str]:
    tickets = _tickets(turn)
    shown = {"gone": say("privacy.erase.gone"), "backups": say("privacy.erase.backups")}
    if tickets:
        still = sum(ticket.status in OPEN for ticket in tickets)
        shown["stays"] = say("privacy.erase.stays", count=len(tickets), open=still)
        shown["then"] = say("privacy.erase.then")
    return shown


def finish(turn: Turn, _draft: Draft) -> None:
    """Delete it: tickets lose their reporter, the sign-up, drafts and messages go. What the channel keeps, the lane blanks."""
    channel, conversation = turn.incoming.channel, turn.incoming.conversation
    reported = erasure.erase_reporter(turn.session, channel, conversation, turn.now)
    volunteers.erase(turn.session, channel=channel, address=conversation)
    outbox.forget(turn.session, channel, conversation)
    turn.state.parked, turn.state.later = [], []
    turn.state.unclear = turn.state.ticket = None
    turn.reply("privacy.erased_tickets" if reported else "privacy.erased", count=len(reported))


def _tickets(turn: Turn) -> list[Ticket]:
    return list(queries.tickets_of(turn.session, turn.incoming.channel, turn.incoming.conversation, limit=_ALL))


def sign_ups(turn: Turn) -> list[Volunteer]:
    """The person's sign-ups as a volunteer, also those that ended."""
    return list(volunteers.of_chat(turn.session, turn.incoming.channel, turn.incoming.conversation))


FLOW = flow.register(
    Flow("erase", (), finish=finish, show=show, agrees=lambda turn: _AGREES.match(turn.text) is not None)
)
