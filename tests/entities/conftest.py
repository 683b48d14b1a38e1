"""The made-up kinds declare models of their own: they are tried in a process of their own (`test_made_up_kinds`)."""

import os

collect_ignore = [] if os.environ.get("CRM_MADE_UP_KINDS") else ["made_up"]
