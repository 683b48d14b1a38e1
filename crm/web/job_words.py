"""What a run of a scheduled job did, in words."""

import json

from crm.models import JobRun
from crm.web.translation import gettext as _


def run_text(run: JobRun | None) -> str:
    """What the run did, in the reader's language."""
    if run is None or not run.result:
        return ""
    message, values = json.loads(run.result)
    return _(message, **values)
