"""Configurations of our scripts: which controllers run, and the session around them (card PR03)."""

from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from hummingbot.strategy.strategy_v2_base import StrategyV2ConfigBase
from hummingbot.strategy_v2.controllers.controller_base import ControllerConfigBase
from pydantic import Field, ValidationError, model_validator

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.setting import Kind, Setting, number
from hummingbot_backpack.market_making.settings import parse_settings
from hummingbot_backpack.trading.controller_config import ConfigBase, table_field

SESSION_SETTINGS: tuple[Setting, ...] = (
    Setting(
        "duration", Kind.NUMBER, "s", "Length of the session; without it, until stopped.", low=Decimal(0), above=True
    ),
    number(
        "volume_target",
        "quote",
        "Volume, maker and taker, after which the session ends; without it, none.",
        "0",
        above=True,
    ),
    Setting(
        "on_end", Kind.TEXT, "", "What happens to the position at the end.", default="keep", choices=("keep", "flatten")
    ),
    Setting("persist", Kind.SWITCH, "", "Keep fills and results on disk.", default=True),
    Setting(
        "withdraw_after",
        Kind.NUMBER,
        "s",
        "Quotes are withdrawn when book, position or private stream are not there for this long.",
        default=Decimal(2),
        low=Decimal(0),
        high=Decimal(60),
    ),
    Setting(
        "status_interval",
        Kind.NUMBER,
        "s",
        "Time between two status blocks in the log.",
        default=Decimal(60),
        low=Decimal(1),
        high=Decimal(86400),
    ),
    number("max_session_loss", "quote", "Loss at which quoting stops; without it, off.", "0", above=True),
    number("max_drawdown", "quote", "Fall from the session's high at which it stops; else off.", "0", above=True),
    number(
        "max_wear_rate",
        "quote per 10,000",
        "Cost per 10,000 of volume at which quoting stops, once there were 10,000; without it, off.",
        "0",
        above=True,
    ),
    Setting(
        "log_level",
        Kind.TEXT,
        "",
        "The least level that is logged; without it, as conf/hummingbot_logs.yml says.",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
    ),
    Setting(
        "log_detail",
        Kind.TEXT,
        "",
        "Whether logs show prices, sizes, amounts and ids.",
        default="full",
        choices=("full", "masked"),
    ),
    Setting(
        "log_archive",
        Kind.TEXT,
        "",
        "How rotated logs are kept; encrypted is with the keystore's password.",
        default="plain",
        choices=("plain", "encrypted"),
    ),
)


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
