"""Where alerts go: ``conf/backpack.yml``, or the environment, which wins."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import urlsplit

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import LANGUAGES
from hummingbot_backpack.workspace.settings import SETTINGS_FILE, read_yaml_mapping

ENVIRONMENT_PREFIX = "BACKPACK_"
TELEGRAM = "https://api.telegram.org"


@dataclass(frozen=True)
class AlertSettings:
    """
    :param alert_webhook_url: where alerts are sent as a POST with a JSON object
    :param alert_webhook_token: sent as `Authorization: Bearer`
    :param alert_telegram_token: token of the Telegram bot that tells
    :param alert_telegram_chat: id of the Telegram chat that is told
    :param alert_telegram_url: where Telegram's interface is
    :param alert_fill_quote: a fill of more than this much quote is worth an alert
    :param alert_language: language of the sentence in an alert, en or zh; without it, the locale's
    """

    alert_webhook_url: str | None = None
    alert_webhook_token: str | None = field(default=None, repr=False)
    alert_telegram_token: str | None = field(default=None, repr=False)
    alert_telegram_chat: str | None = None
    alert_telegram_url: str = TELEGRAM
    alert_fill_quote: Decimal | None = None
    alert_language: str | None = None

    @property
    def telegram(self) -> bool:
        return self.alert_telegram_token is not None and self.alert_telegram_chat is not None


def read(conf: Path, environment: Mapping[str, str] | None = None) -> AlertSettings:
    """:param conf: the folder of `backpack.yml`; absent means no alerts go out
    :raises UserError: a setting that cannot be used; a secret is never repeated"""
    environment = os.environ if environment is None else environment
    path = conf / SETTINGS_FILE
    values = read_yaml_mapping(path) if path.exists() else {}
    known: dict[str, str] = {}
    for each in fields(AlertSettings):
        value = environment.get(ENVIRONMENT_PREFIX + each.name.upper()) or values.get(each.name)
        if value is not None and str(value).strip():
            known[each.name] = str(value).strip()
    for name in ("alert_webhook_url", "alert_telegram_url"):
        if name in known and urlsplit(known[name]).scheme not in ("http", "https"):
            raise UserError(f"{name} must begin with http:// or https://.")
    wanted = known.get("alert_language")
    if wanted is not None and wanted not in LANGUAGES:
        raise UserError(f"alert_language ({wanted}) must be en or zh.")
    amount = known.pop("alert_fill_quote", None)
    if ("alert_telegram_token" in known) != ("alert_telegram_chat" in known):
        raise UserError("alert_telegram_token and alert_telegram_chat must be given together.")
    return AlertSettings(alert_fill_quote=None if amount is None else _amount(amount), **known)


def _amount(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not (number.is_finite() and number > 0):
        raise UserError(f"alert_fill_quote ({text}) must be a number greater than 0.")
    return number
