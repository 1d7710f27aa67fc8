"""Why a page was not given, beside the refusals of ``tickets.errors``.

::

    ConsoleError
    ├── SignInNeeded     nobody is signed in, or the session has ended
    ├── PasswordDue      the one-time password has to be replaced first
    ├── ForgedForm       a form without its secret: sent by another site, or very old
    └── PageNotFound     no such page
"""

from __future__ import annotations


class ConsoleError(Exception):
    """Base of the family.

    Attributes:
        code: stable; the sentence stands at ``console.error.<code>``.
        kept: what the person had typed, to be shown to her again.
    """

    code = "console_error"

    def __init__(self, *, kept: str = "") -> None:
        super().__init__(self.code)
        self.kept = kept


class SignInNeeded(ConsoleError):
    code = "sign_in_needed"


class PasswordDue(ConsoleError):
    code = "password_due"


class ForgedForm(ConsoleError):
    code = "form_expired"


class PageNotFound(ConsoleError):
    code = "page_not_found"
