"""Settings of the session around the controllers (card PR03)."""

from decimal import Decimal

from hummingbot_backpack.market_making.setting import Kind, Setting, number

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
