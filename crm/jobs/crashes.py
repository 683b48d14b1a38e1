"""Unexpected errors in background work: each has a number in the system log (A-9)."""

import logging
import secrets
import traceback
from datetime import UTC, datetime

from sqlalchemy import Engine

from crm.jobs.database import write_session
from crm.models import SystemLog
from crm.text.visible import escape_invisible

log = logging.getLogger("crm.jobs")

ERROR = "error"
MAX_LENGTH = 4000


def record_crash(engine: Engine, error: BaseException, work: str, user_id: int | None = None) -> str:
    """Write the error into both logs; returns its number. Never fails itself."""
    number = secrets.token_hex(4).upper()
    log.error("%s failed, error %s", work, number, exc_info=error)
    try:
        with write_session(engine) as session:
            session.add(
                SystemLog(
                    at=datetime.now(UTC),
                    kind=ERROR,
                    name=escape_invisible(work)[:200],
                    user_id=user_id,
                    number=number,
                    detail=escape_invisible("".join(traceback.format_exception(error))[-MAX_LENGTH:])[:MAX_LENGTH],
                )
            )
    except Exception:
        log.exception("the error %s could not be written into the system log", number)
    return number
