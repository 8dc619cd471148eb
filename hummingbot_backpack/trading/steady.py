"""A clock for decisions: seconds since the epoch, as they were when the process began, that no clock step moves.

Waiting times are measured with it. On the machine's own clock a step of an hour back would hold an exit up for an hour.
"""

import time

_OFFSET = time.time() - time.monotonic()


def now() -> float:
    return time.monotonic() + _OFFSET
