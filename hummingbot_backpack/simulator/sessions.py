"""One stream socket: what it listens to, and getting frames to it without making others wait."""

import asyncio

from aiohttp import WSCloseCode, web

Topic = tuple[str, int]
"""Stream name and account (0 for public streams)."""

WAITING_LIMIT = 8 * 1024 * 1024
"""Bytes that may wait for a slow client before it is cut off."""


def text_frame(payload: bytes) -> bytes:
    """A server's unmasked text frame (RFC 6455, 5.2), built once for all listeners."""
    size = len(payload)
    if size < 126:
        return b"\x81" + size.to_bytes(1) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2) + payload
    return b"\x81\x7f" + size.to_bytes(8) + payload


class Session:
    """One socket. Frames are gathered and written together by `flush`, which the hub calls for all sockets at once."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self.socket = socket
        self._transport = transport
        self.topics: set[Topic] = set()
        self.waiting: list[bytes] = []
        self.frozen = False
        """A half-open socket: nothing goes out, pings are not answered."""
        self.closing: asyncio.Task[bool] | None = None
        self.ponged = 0.0

    def send(self, frame: bytes) -> None:
        """Queue a built frame."""
        if not self.frozen and self.closing is None:
            self.waiting.append(frame)

    def flush(self) -> None:
        """Write what waits; a client that does not read is cut off."""
        if not self.waiting:
            return
        data, self.waiting = b"".join(self.waiting), []
        if self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > WAITING_LIMIT:
            self.abort()
            return
        self._transport.write(data)

    def close(self) -> None:
        """Say goodbye with a close frame."""
        if self.closing is None:
            self.flush()
            self.closing = asyncio.get_running_loop().create_task(self.socket.close(code=WSCloseCode.GOING_AWAY))

    def abort(self) -> None:
        """End the socket without a close frame."""
        self.waiting.clear()
        self._transport.abort()
