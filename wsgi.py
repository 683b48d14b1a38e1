"""The entry for servers and the flask command."""

import gc

# Nothing of what is made at the start becomes garbage: looking through it again and again took a tenth of the start.
gc.disable()

from crm import create_app  # noqa: E402

app = create_app()
gc.freeze()
gc.enable()
