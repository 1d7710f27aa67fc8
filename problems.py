"""Failures that a person can mend, each as one line that names what to mend."""

from __future__ import annotations

from settings import Settings, WrongSetting

_STORE = {
    "store_busy": "is locked by another program",
    "store_full": "has no room left",
    "store_readonly": "cannot be written",
    "store_unreachable": "cannot be opened or reached",
    "store_damaged": "is damaged; restore a backup",
    "store_conflict": "refused what was to be written",
}
_UNDERSTANDING = {
    "model_missing": "its model is missing or of another version; run `make model`",
    "start_timeout": "it took too long",
    "start_failed": "`gridbot doctor` looks for the reason",
}


class CannotStart(Exception):
    """The message is the line."""


def line_of(error: BaseException, settings: Settings | None = None) -> str | None:
    """The line for an error, or None for one that is a mistake of ours."""
    from nlu.client import UnderstandingUnavailable
    from nlu.evaluation import BadEvaluationFile
    from nlu.supervisor import UnderstandingNotStarted
    from retrieval.errors import BadOrdinance, DocumentExists, EncoderUnavailable, RetrievalError
    from tickets.errors import StoreError, TicketError

    match error:
        case WrongSetting() | CannotStart() | BadEvaluationFile():
            return str(error)
        case StoreError():
            return f"{_store_of(settings)} {_STORE.get(error.code, 'cannot be used')}"
        case TicketError():
            from wording import has, say

            key = f"errors.{error.code}"
            return say(key, **error.params) if has(key) else error.code
        case EncoderUnavailable():
            return f"GRIDBOT_ENCODER: {error}"
        case BadOrdinance() | DocumentExists():
            from wording import has, say

            key = f"retrieval.problem.{error.parameters.get('problem', error.code)}"
            file = f"{error.parameters['file']}：" if "file" in error.parameters else ""
            return file + say(key, **error.parameters) if has(key) else str(error)
        case RetrievalError():
            return str(error)
        case UnderstandingNotStarted():
            from nlu.fingerprint import is_trained

            why = _UNDERSTANDING.get(error.code if is_trained() else "model_missing", error.code)
            return f"the understanding service did not start: {why}"
        case UnderstandingUnavailable():
            return "the understanding service did not answer"
        case FileNotFoundError():
            return f"{error.filename}: no such file"
        case OSError():
            return f"{error.filename or 'a file'}: {error.strerror or type(error).__name__}"
    return None


def _store_of(settings: Settings | None) -> str:
    if settings is None or settings.database:
        return "GRIDBOT_DATABASE_URL: the store"
    return f"GRIDBOT_HOME: the store {settings.home / 'gridbot.sqlite3'}"
