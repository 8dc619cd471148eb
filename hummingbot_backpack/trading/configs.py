"""Configurations of our scripts: which controllers run, and the session around them (card PR03)."""

from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from hummingbot.strategy.strategy_v2_base import StrategyV2ConfigBase
from hummingbot.strategy_v2.controllers.controller_base import ControllerConfigBase
from pydantic import Field, ValidationError, model_validator

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.session_settings import SESSION_SETTINGS
from hummingbot_backpack.market_making.setting import Setting
from hummingbot_backpack.market_making.settings import parse_settings
from hummingbot_backpack.trading.controller_config import ConfigBase, table_field


class LoadingMixin(StrategyV2ConfigBase):
    """Loads controller configurations so that what is not acceptable is one sentence that names the file."""

    def load_controller_configs(self) -> list[ControllerConfigBase]:
        try:
            loaded = super().load_controller_configs()
        except FileNotFoundError as error:
            raise SettingError(
                f"controllers_config ({Path(error.filename or '').name}) must name a file in conf/controllers"
            ) from None
        except ValidationError as error:
            # One of Hummingbot's own fields.
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"]) or "configuration"
            raise SettingError(
                f"{name} ({first.get('input')}) must be acceptable to Hummingbot: {first['msg']}"
            ) from None
        taken: dict[tuple[str, str], str] = {}
        names: set[str] = set()
        for config in loaded:
            if config.id in names:
                raise SettingError(f"id ({config.id}) must be different for each controller of a bot")
            names.add(config.id)
            if isinstance(config, ConfigBase):
                for market in config.markets:
                    if market in taken:
                        raise SettingError(
                            f"trading_pair ({market[1]}) must be traded by one controller only, and {taken[market]} "
                            "has it already"
                        )
                    taken[market] = config.id
        return loaded


class ControllersConfig(LoadingMixin):
    """Configuration of a script that runs controllers."""

    max_global_drawdown_quote: float | None = None
    max_controller_drawdown_quote: float | None = None


class SessionConfig(LoadingMixin):
    """Configuration of a script that runs controllers in a session."""

    SETTINGS: ClassVar[tuple[Setting, ...]] = SESSION_SETTINGS

    duration: Decimal | None = table_field(SESSION_SETTINGS, "duration")
    volume_target: Decimal | None = table_field(SESSION_SETTINGS, "volume_target")
    on_end: str = table_field(SESSION_SETTINGS, "on_end")
    persist: bool = table_field(SESSION_SETTINGS, "persist")
    withdraw_after: Decimal = table_field(SESSION_SETTINGS, "withdraw_after")
    status_interval: Decimal = table_field(SESSION_SETTINGS, "status_interval")
    max_session_loss: Decimal | None = table_field(SESSION_SETTINGS, "max_session_loss")
    max_drawdown: Decimal | None = table_field(SESSION_SETTINGS, "max_drawdown")
    max_wear_rate: Decimal | None = table_field(SESSION_SETTINGS, "max_wear_rate")
    log_level: str | None = table_field(SESSION_SETTINGS, "log_level")
    log_detail: str = table_field(SESSION_SETTINGS, "log_detail")
    log_archive: str = table_field(SESSION_SETTINGS, "log_archive")
    controllers_config: list[str] = Field(
        default=[],
        json_schema_extra={"prompt": "Controller configurations, separated by commas: ", "prompt_on_new": True},
    )

    @property
    def money_limits(self) -> MoneyLimits:
        """What the session may lose before quoting stops."""
        return MoneyLimits(self.max_session_loss, self.max_drawdown, self.max_wear_rate)

    @model_validator(mode="before")
    @classmethod
    def _parse_settings(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        names = {setting.name for setting in cls.SETTINGS}
        return {**data, **parse_settings(cls.SETTINGS, data, foreign=set(cls.model_fields) - names)}
