"""The measure of all pages: a bare Flask route under the same server (`python -m tests.bench.hello PORT`)."""

import sys

from flask import Flask
from waitress import serve

from crm.web.server.dispatcher import THREADS

app = Flask("hello")


@app.get("/")
def hello() -> str:
    return "hello"


if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=THREADS, ident=None)
