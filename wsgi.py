"""The entry for servers and the flask command."""

from crm import create_app

app = create_app()
