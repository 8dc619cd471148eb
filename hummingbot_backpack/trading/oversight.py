"""Measures and alerts of a running bot, off the path on which it reacts."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hummingbot.client import settings as client_settings
from hummingbot.connector.connector_base import ConnectorBase

from hummingbot_backpack.alerts import settings as alert_settings
from hummingbot_backpack.alerts.sender import receivers_of
from hummingbot_backpack.alerts.watch import Alerts
from hummingbot_backpack.keys.store import age_in_days
from hummingbot_backpack.records import FillRecord
from hummingbot_backpack.trading.measures import Measures

KEY_AGE_SECONDS = 3600.0


class Oversight:
    """
    :param steps: by market (connector, pair), when its controller's latest step began
    :raises UserError: a setting of alerts that cannot be used
    """

    def __init__(
        self,
        bot: str,
        connectors: Mapping[str, ConnectorBase],
        steps: Mapping[tuple[str, str], Callable[[], float]],
    ) -> None:
        settings = alert_settings.read(Path(client_settings.CONF_DIR_PATH))
        self._names = list(connectors)
        self._measures = Measures(connectors, list(steps))
        self.alerts = Alerts(bot, receivers_of(settings), settings.alert_fill_quote, speaks=settings.alert_language)
        self._ages: dict[str, int] = {}
        self._ages_at = 0.0
        self._measures.begin(steps)

    def state(self) -> dict[str, Any]:
        """What is published beside the state: `measures`, and the alerts that stand."""
        return {"measures": self._measures.state(), "alerts": self.alerts.standing}

    def look(self, published: Mapping[str, Any]) -> None:
        """Raise and clear alerts."""
        now = time.time()
        if now - self._ages_at >= KEY_AGE_SECONDS:
            self._ages_at = now
            self._ages = _key_ages(self._names)
        self.alerts.look(published, self._ages)

    def on_fill(self, record: FillRecord) -> None:
        fill = record.fill
        self.alerts.fill(record.trading_pair, fill.side.value, fill.quantity, fill.price)

    async def close(self) -> None:
        self._measures.end()
        await self.alerts.close()


def _key_ages(names: list[str]) -> dict[str, int]:
    folder = Path(client_settings.CONF_DIR_PATH) / "connectors"
    files = {name: folder / f"{name}.yml" for name in names}
    return {name: age_in_days(path) for name, path in files.items() if path.exists()}
