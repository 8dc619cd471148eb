"""Base of our controllers' configurations: the rows of a settings table as fields, every refusal one sentence."""

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar

from hummingbot.core.data_type.common import MarketDict
from hummingbot.strategy_v2.controllers.controller_base import ControllerConfigBase
from pydantic import Field, ModelWrapValidatorHandler, model_validator

from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.setting import Setting
from hummingbot_backpack.market_making.settings import parse_settings, require_all

_logger = logging.getLogger(__name__)
_assigning: ContextVar[bool] = ContextVar("assigning a setting", default=False)
_dropped_signs: set[tuple[str, str]] = set()


def table_field(table: tuple[Setting, ...], name: str) -> Any:
    """The pydantic field for a row of a settings table."""
    setting = next(row for row in table if row.name == name)
    unit = f" ({setting.unit})" if setting.unit else ""
    return Field(
        default=... if setting.required else setting.default,
        description=setting.sentence,
        json_schema_extra={
            "prompt": f"{setting.sentence.rstrip('.')}{unit}: ",
            "prompt_on_new": setting.required,
            "is_updatable": setting.live,
        },
    )


class ConfigBase(ControllerConfigBase):
    """Configuration whose settings are the rows of `SETTINGS`; what is not acceptable is one sentence."""

    SETTINGS: ClassVar[tuple[Setting, ...]] = ()

    if TYPE_CHECKING:

        @property
        def connector_name(self) -> str:
            """Connector of the market that is quoted: a field or a property of each configuration."""

        @property
        def trading_pair(self) -> str:
            """The market that is quoted."""

    @property
    def markets(self) -> list[tuple[str, str]]:
        """Connector and trading pair of every market it trades on, the quoted one first."""
        return [(self.connector_name, self.trading_pair)]

    @classmethod
    def check_values(cls, values: Mapping[str, Any]) -> None:
        """Demands of its own that concern several settings.

        :param values: by name; one that is absent may be missing
        :raises SettingError: if one is not met
        """

    @model_validator(mode="wrap")
    @classmethod
    def _validate_settings(cls, data: Any, handler: ModelWrapValidatorHandler["ConfigBase"]) -> "ConfigBase":
        if isinstance(data, dict):
            if data.get("id") in (None, ""):
                raise SettingError("id (missing) must be given: a text that no other controller of this bot has")
            require_all(cls.SETTINGS, data)
            return handler(data)
        # An assignment to one field. Hummingbot's prompts expect pydantic's own error there.
        token = _assigning.set(True)
        try:
            return handler(data)
        except SettingError as error:
            raise ValueError(str(error)) from None
        finally:
            _assigning.reset(token)

    @model_validator(mode="before")
    @classmethod
    def _parse_settings(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        given = {key: value for key, value in data.items() if not (_assigning.get() and value is None)}
        names = {setting.name for setting in cls.SETTINGS}
        parsed = parse_settings(cls.SETTINGS, given, foreign=set(cls.model_fields) - names)
        for setting in cls.SETTINGS:
            value = str(given.get(setting.name, ""))
            if setting.magnitude and value.startswith("-") and (setting.name, value) not in _dropped_signs:
                _dropped_signs.add((setting.name, value))
                _logger.warning("%s (%s) is an amount without a sign: %s is used.", setting.name, value, value[1:])
        cls.check_values({**data, **parsed})
        return {**data, **parsed}

    def update_markets(self, markets: MarketDict) -> MarketDict:
        for connector_name, trading_pair in self.markets:
            markets = markets.add_or_update(connector_name, trading_pair)
        return markets
