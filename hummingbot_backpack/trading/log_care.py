"""The running bot's logs as the script's settings want them: level, masking, and encryption when a file is rotated."""

import logging
import threading
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path

from hummingbot_backpack.logs import archive
from hummingbot_backpack.logs.masking import MaskingFilter

_logger = logging.getLogger(__name__)


def file_handlers() -> list[TimedRotatingFileHandler]:
    """The handlers that write Hummingbot's log files, each once."""
    return [handler for handler in handlers() if isinstance(handler, TimedRotatingFileHandler)]


def handlers() -> list[logging.Handler]:
    """All handlers of all loggers, each once."""
    found = {id(one): one for logger in _loggers() for one in logger.handlers if isinstance(one, logging.Handler)}
    return list(found.values())


def _loggers() -> list[logging.Logger]:
    return [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]


def set_level(level: str) -> None:
    """Have every logger that Hummingbot's configuration names, and all others through the root, say `level` and up."""
    for logger in _loggers():
        if logger is logging.root or logger.handlers:
            logger.setLevel(level)


def mask() -> None:
    """Show no order details in any log from now on, on screens neither."""
    for handler in handlers():
        if not any(isinstance(known, MaskingFilter) for known in handler.filters):
            handler.addFilter(MaskingFilter())


def encrypt_rotated(password: str) -> None:
    """Encrypt what was rotated before, and every file that is rotated from now on."""
    written = file_handlers()
    folders = {Path(handler.baseFilename).parent for handler in written}
    _aside([path for folder in folders for path in archive.rotated(folder)], password)
    for handler in written:
        handler.rotator = _Rotator(password)


class _Rotator:
    """Renames a log as its handler wants it, then encrypts it; that takes a second or two, so beside the bot."""

    def __init__(self, password: str) -> None:
        self._password = password

    def __call__(self, source: str, target: str) -> None:
        Path(source).replace(target)
        _aside([Path(target)], self._password)


def _aside(paths: list[Path], password: str) -> None:
    def work() -> None:
        for path in paths:
            try:
                archive.encrypt(path, password)
                archive.prune(path.parent)
            except OSError as error:
                # Its next start tries again.
                _logger.warning("The log %s could not be encrypted: %s.", path.name, error.strerror or error)

    if paths:
        threading.Thread(target=work, name="log archive").start()
