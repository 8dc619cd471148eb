"""Optional settings of the connectors, outside Hummingbot's encrypted configuration.

``conf/backpack.yml`` in Hummingbot's configuration folder holds them; an environment variable of the same name in upper
case with the prefix ``BACKPACK_`` wins; absent means default. They are no fields of ``KEYS`` because the bundled
connector's configuration map forbids extra fields, and the stored keys must work with either connector.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_order_ids import MAX_INSTANCE

FILE_NAME = "backpack.yml"
ENVIRONMENT_PREFIX = "BACKPACK_"


@dataclass(frozen=True)
class BackpackSettings:
    """Checked settings.

    :param instance: this bot's own part of a client order id, 0 to 1023; None: one is drawn and kept with the counter
    :param signature_window: milliseconds for which a signed request is valid, 1 to 60000
    :param lend_redeem: spot orders may use lent funds (``autoLendRedeem``), which then count as available
    :param old_orders: what to do at start with resting orders of an earlier run of this instance: cancel or adopt
    :param broker_id: sent as ``X-BROKER-ID`` with every signed request when set: whoever owns the id may earn a share
        of the exchange's fees
    :param limit_share: per cent of the sub-account's request budget that this process may use
    :param quote_without_stream: quotes stay while the private stream is down
    :param rehearsal: the workspace trades on the local Backpack only, so rates are taken from there too
    :param simulator_url: where the local Backpack listens
    """

    instance: int | None = None
    signature_window: int = CONSTANTS.DEFAULT_SIGNATURE_WINDOW_MS
    lend_redeem: bool = True
    old_orders: str = "cancel"
    broker_id: int | None = None
    limit_share: Decimal = Decimal("100")
    quote_without_stream: bool = False
    rehearsal: bool = False
    simulator_url: str = CONSTANTS.SIMULATOR_URL


def load_settings(
    path: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> BackpackSettings:
    """Reads file and environment.

    :param path: the YAML file; None: ``backpack.yml`` in Hummingbot's configuration folder
    :raises ValueError: one sentence that names field, value and what it must be
    """
    values = _read_file(_default_path() if path is None else path)
    environment = os.environ if environment is None else environment
    for field in fields(BackpackSettings):
        from_environment = environment.get(ENVIRONMENT_PREFIX + field.name.upper())
        if from_environment:
            values[field.name] = from_environment
    known = {
        field.name: _CHECKS[field.name](field.name, values[field.name])
        for field in fields(BackpackSettings)
        if values.get(field.name) is not None
    }
    return BackpackSettings(**known)


def _default_path() -> Path:
    from hummingbot.client.settings import CONF_DIR_PATH

    return Path(CONF_DIR_PATH) / FILE_NAME


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"{path} must be YAML: {error}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold settings as name: value.")
    return content


def _whole(low: int, high: int) -> Any:
    def check(name: str, value: Any) -> int:
        text = str(value).strip()
        if isinstance(value, bool) or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"{name} ({value}) must be a whole number from {low} to {high}.")
        return int(text)

    return check


def _switch(name: str, value: Any) -> bool:
    text = str(value).strip().lower()
    if text in ("true", "yes", "on", "1"):
        return True
    if text in ("false", "no", "off", "0"):
        return False
    raise ValueError(f"{name} ({value}) must be true or false.")


def _one_of(*choices: str) -> Any:
    def check(name: str, value: Any) -> str:
        if str(value) not in choices:
            raise ValueError(f"{name} ({value}) must be {' or '.join(choices)}.")
        return str(value)

    return check


def _percent(name: str, value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not (number.is_finite() and 0 < number <= 100):
        raise ValueError(f"{name} ({value}) must be a number above 0 and up to 100.")
    return number


def _url(name: str, value: Any) -> str:
    text = str(value).strip().rstrip("/")
    if not text.startswith(("http://", "https://")):
        raise ValueError(f"{name} ({value}) must begin with http:// or https://.")
    return text


_CHECKS: dict[str, Any] = {
    "instance": _whole(0, MAX_INSTANCE),
    "signature_window": _whole(1, CONSTANTS.MAX_SIGNATURE_WINDOW_MS),
    "lend_redeem": _switch,
    "old_orders": _one_of("cancel", "adopt"),
    "broker_id": _whole(0, 65535),
    "limit_share": _percent,
    "quote_without_stream": _switch,
    "rehearsal": _switch,
    "simulator_url": _url,
}
