"""The application behind a real web server, on a free port of this machine."""

import threading
from typing import TYPE_CHECKING

from waitress import create_server, wasyncore

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class LiveServer:
    """Waitress in a thread of the test process: the test and the server share one application object."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._map: dict[int, object] = {}
        self._server = create_server(app, host="127.0.0.1", port=0, threads=4, map=self._map)
        self._thread = threading.Thread(target=self._server.run, name="live-server", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.effective_port}"
        self._thread.start()

    def rest(self) -> None:
        """Until whatever was still asked has been answered."""
        answered = threading.Event()
        tasks = self._server.task_dispatcher
        while tasks.queue or tasks.active_count:
            answered.wait(0.01)

    def close(self) -> None:
        # Asked for inside the server's own loop: closing sockets under a running select() raises there.
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._map))
        self._thread.join(timeout=10)
        self._server.task_dispatcher.shutdown()
