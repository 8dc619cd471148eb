"""Stands first on a process's path: notes every address it talks to, and lets none out of this machine.

An audit hook sees what the interpreter's own sockets do, whatever library asked. ``GUARD_FILE`` names the notes.
"""

import os
import sys


def _host(event: str, arguments: tuple) -> object:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        return address[0] if isinstance(address, tuple) else None  # None: a socket in the file system
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        return arguments[0]
    return None


def _watch(event: str, arguments: tuple) -> None:
    host = _host(event, arguments)
    if host is None:
        return
    name = host.decode() if isinstance(host, bytes) else str(host)
    with open(os.environ["GUARD_FILE"], "a") as notes:
        notes.write(f"{name}\n")
    if name not in ("", "localhost", "::1") and not name.startswith("127."):
        raise OSError(f"{name} is not this machine")


if "GUARD_FILE" in os.environ:
    sys.addaudithook(_watch)
