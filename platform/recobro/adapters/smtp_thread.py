"""An SMTP server (aiosmtpd) in a thread of its own, which hangs up on everybody when it is stopped."""

import asyncio
import socket
import threading
from collections.abc import Callable

from aiosmtpd.smtp import SMTP


class SmtpThread:
    """Listens from the start, answers once it is started. `line` makes the protocol of one connection; it is told how
    many are open."""

    def __init__(
        self, line: Callable[[asyncio.AbstractEventLoop, int], asyncio.Protocol], *, host: str, port: int, name: str
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        self.port: int = self._socket.getsockname()[1]
        self._make = line
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._open: set[SMTP] = set()

    def start(self) -> None:
        """Take mails from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more. A message that is not answered yet is sent again by whoever has it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        server = self._loop.run_until_complete(self._loop.create_server(self._line, sock=self._socket))
        self._loop.run_forever()
        self._loop.run_until_complete(self._hang_up(server))
        self._loop.close()

    async def _hang_up(self, server: asyncio.Server) -> None:
        server.close()
        for line in self._open:
            if line.transport is not None:
                line.transport.close()
        talks = asyncio.all_tasks() - {asyncio.current_task()}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()

    def _line(self) -> asyncio.Protocol:
        self._open = {one for one in self._open if one.transport is not None}
        line = self._make(self._loop, len(self._open))
        if isinstance(line, SMTP):
            self._open.add(line)
        return line
