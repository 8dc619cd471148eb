"""Where the keystore's password comes from: never from an argument."""

import getpass
import os
import sys

from hummingbot_backpack.errors import UserError

VARIABLES = ("HBOT_PASSWORD", "MASTER_PASSWORD", "CONFIG_PASSWORD")
"""Environment variables that may hold it, the first wins; the last is Hummingbot's own other name."""


def known_password() -> str | None:
    """:return: what the environment holds, None if nothing"""
    return next((os.environ[name] for name in VARIABLES if os.environ.get(name)), None)


def ask_password(from_stdin: bool, new: bool) -> str:
    """Get the password from standard input's first line, the environment, or a hidden prompt.

    :param new: the store does not exist yet; a prompt asks twice.
    :raises UserError: there is none, or the two differ.
    """
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise UserError("--password-stdin expects the password as the first line of standard input.")
        return password
    if known := known_password():
        return known
    if not sys.stdin.isatty():
        raise UserError("The keystore needs a password: set HBOT_PASSWORD, use --password-stdin, or run in a terminal.")
    password = getpass.getpass("New keystore password: " if new else "Keystore password: ")
    if not password:
        raise UserError("The keystore password must not be empty.")
    if new and getpass.getpass("The same again: ") != password:
        raise UserError("The two passwords differ.")
    return password
