"""Ending the bot's process in good order.

Hummingbot's engine stays up when only its strategy stops; it winds down on SIGTERM, as `hbot stop` asks it to, and
always exits with 0.
"""

import atexit
import logging
import os
import signal
import sys

from hummingbot.client.hummingbot_application import HummingbotApplication

_logger = logging.getLogger(__name__)


def _exit_with(code: int) -> None:
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def end_bot(code: int = 0) -> None:
    """Ask Hummingbot to wind down: the strategy stops, orders go, connectors close, the process ends with `code`.

    In Hummingbot's interactive client only the strategy stops: the client is the user's, not ours to close.
    """
    application = HummingbotApplication.main_application()
    if not application.headless_mode:
        application.stop()
        return
    if code:
        # The engine always ends with 0. Registered last, this runs first when the interpreter ends.
        atexit.register(_exit_with, code)
    os.kill(os.getpid(), signal.SIGTERM)
