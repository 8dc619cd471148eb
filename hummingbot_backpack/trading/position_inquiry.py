"""Asking the exchange for a position that our own fills do not agree with."""

import asyncio

from hummingbot.connector.connector_base import ConnectorBase


class PositionInquiry:
    """One question at a time; a connector that cannot be asked is not. The answer wakes whoever decides on it."""

    def __init__(self) -> None:
        self._asking: asyncio.Task[bool] | None = None

    def ask(self, connector: ConnectorBase) -> None:
        """Have the positions asked for, unless that is under way."""
        refresh = getattr(connector, "refresh_positions", None)
        if refresh is not None and (self._asking is None or self._asking.done()):
            self._asking = asyncio.ensure_future(refresh())

    def cancel(self) -> None:
        """Wait for no answer any more."""
        if self._asking is not None:
            self._asking.cancel()
