"""A web server in a thread of this process, on a port that is known before it starts."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp

START_SECONDS = 30.0  # more than a loaded machine needs to begin to listen
STOP_SECONDS = 2  # answers under way get so long, then their connections are closed


class WebServer:
    """Serves one app from `start` to `stop`. The socket is bound at once, so that `port` is true before anything listens."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._socket = bind(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name=f"sandbox-{self.port}", daemon=True
        )

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Begin to serve.

        :raises TimeoutError: when it does not listen in time.
        """
        self._thread.start()
        give_up = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > give_up or not self._thread.is_alive():
                raise TimeoutError(f"the server on port {self.port} did not start within {START_SECONDS:.0f} s")
            time.sleep(0.005)

    def ask_to_stop(self) -> None:
        """Begin to end, without waiting."""
        self._server.should_exit = True

    def stop(self) -> None:
        """End, and wait until the thread is gone and the port is free."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening
