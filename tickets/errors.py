"""What can go wrong in the store and its verbs, each with a stable ``code`` that the wording turns into Chinese.

::

    Exception
    ├── TicketError            a person asked for something that cannot be done; tell her why
    │   ├── BadInput           what was given cannot be used
    │   ├── NotFound           there is no such thing, or she may not know that there is
    │   ├── NotAllowed         her role or area does not allow it
    │   ├── WrongState         the ticket's status does not allow it (any more)
    │   └── StaleVersion       somebody else changed the ticket meanwhile
    └── StoreError             the database could not do it; nothing was written
        ├── StoreUnavailable   it is busy, full, read-only, unreachable or damaged: try again later
        └── StoreConflict      a constraint refused the write

No error carries what residents wrote: parameters are ids, codes and limits only.
"""

from __future__ import annotations


class TicketError(Exception):
    """Base of the refusals of this room.

    Attributes:
        code: stable; the sentence stands at ``errors.<code>`` in the wording catalogue.
        params: fields of that sentence.
    """

    code = "ticket_error"

    def __init__(self, code: str | None = None, /, **params: str | int) -> None:
        if code is not None:
            self.code = code
        self.params = params
        super().__init__(self.code, params)


class BadInput(TicketError):
    """Something given cannot be used: ``text_missing``, ``text_too_long``, ``rating_wrong``, ``worker_unknown``, …"""

    code = "bad_input"


class NotFound(TicketError):
    """No such ticket, or none that this actor may know of."""

    code = "ticket_not_found"


class NotAllowed(TicketError):
    """The actor's role or area does not allow this step."""

    code = "not_allowed"


class WrongState(TicketError):
    """The ticket's status does not allow this step. Parameters: ``action``, ``status``."""

    code = "wrong_state"


class StaleVersion(TicketError):
    """The ticket was changed by somebody else since the actor saw it."""

    code = "stale_version"


class StoreError(Exception):
    """Base of the database's own failures. The transaction was rolled back.

    Attributes:
        code: stable, see the subclasses.
    """

    code = "store_error"

    def __init__(self, code: str | None = None) -> None:
        if code is not None:
            self.code = code
        self.params: dict[str, str | int] = {}
        super().__init__(self.code)


class StoreUnavailable(StoreError):
    """``store_busy``, ``store_full``, ``store_readonly``, ``store_unreachable`` or ``store_damaged``."""

    code = "store_unreachable"


class StoreConflict(StoreError):
    """A constraint refused the write: a mistake of ours, or two writers with the same key at the same moment."""

    code = "store_conflict"
