"""Outbox rows as replies: a reply is finished when it is stored, a notice is worded when it is delivered."""

from __future__ import annotations

from typing import Any

from handlers.messages import Button, Reply
from tickets.outbox import OutboxMessage
from wording import say, speaking

# What a resident can do at once when she is told this status.
_VERBS = {"resolved": ("confirm", "reopen"), "closed": ("rate", "reopen"), "waiting_resident": ("add",)}


def reply_json(row: OutboxMessage, language: str) -> dict[str, Any]:
    """The contract's shape of one message to a person, with ``kind`` reply or notice and the ``message_id`` answered beside it.

    Args:
        language: what is spoken in the conversation; a notice is worded in it.
    """
    with speaking(language):
        body = row.body if row.kind == "reply" else worded(row.body)
    # The key is channel:conversation:message_id (``InboxMessage.key``); only the last part may hold a colon.
    answers = row.inbox_key.split(":", 2)[2] if row.inbox_key else None
    return {"id": str(row.id), "kind": row.kind, "at": row.created_at.isoformat(), "message_id": answers, **body}


def worded(body: dict[str, Any]) -> dict[str, Any]:
    """A notice ``{"key", "params", "ticket"}`` in words, with buttons for its next steps."""
    ticket = body.get("ticket")
    buttons: tuple[Button, ...] = ()
    if ticket:
        verbs = _VERBS.get(ticket["status"], ())
        buttons = tuple(Button(say(f"mine.button.{verb}"), f"t:{verb}:{ticket['number']}") for verb in verbs)
    reply = Reply(say(body["key"], **body.get("params", {})), buttons).to_json()
    return {**reply, "ticket": ticket}
