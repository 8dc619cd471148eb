"""No core dump of a process of ours: it would hold the keys."""

import resource


def switch_off() -> None:
    """For this process and all that it starts."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
