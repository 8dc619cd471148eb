"""Settings of the quote models: rows of the table, and how decisions see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.setting import Kind, Setting, number


class QuoteModel(Enum):
    """How width and lean of the quotes are chosen, by the equations in `formulas`. The value is the setting's."""

    FIXED = "fixed"
    VOLATILITY = "volatility"
    AVELLANEDA_STOIKOV = "avellaneda_stoikov"
    GLFT = "glft"

    @property
    def leans(self) -> bool:
        """Whether it has a price of its own, which depends on the position."""
        return self in (QuoteModel.AVELLANEDA_STOIKOV, QuoteModel.GLFT)


QUOTE_MODELS: tuple[Setting, ...] = (
    Setting(
        "quote_model",
        Kind.TEXT,
        "",
        "How the distance of the quotes is chosen; with a model other than fixed, spread_pct is the narrowest.",
        default=QuoteModel.FIXED.value,
        choices=tuple(model.value for model in QuoteModel),
    ),
    number(
        "max_spread_pct",
        "% of mid",
        "Widest spread, and furthest lean, that a quote model may choose.",
        "0",
        "50",
        above=True,
        default=Decimal(5),
    ),
    number(
        "model_horizon",
        "s",
        "How far ahead the volatility and avellaneda_stoikov models look.",
        "1",
        "86400",
        default=Decimal(60),
    ),
    number(
        "volatility_multiple",
        "standard deviations",
        "Half-spread of the volatility model, over its horizon.",
        "0",
        "100",
        above=True,
        default=Decimal(1),
    ),
    Setting(
        "volatility_window",
        Kind.WHOLE,
        "s",
        "Time over which the volatility of the mid is measured.",
        default=60,
        low=Decimal(30),
        high=Decimal(3600),
    ),
    number(
        "risk_aversion",
        "1/quote",
        "Gamma of the avellaneda_stoikov and glft models.",
        "0",
        "1000000",
        above=True,
    ),
    number(
        "order_decay",
        "1/quote",
        "How fast orders that reach a quote thin out with its distance; without it, estimated from public trades.",
        "0",
        "1000000000",
        above=True,
    ),
    number(
        "order_rate",
        "1/s",
        "Orders that would reach a quote at mid, per side, for the glft model; without it, estimated.",
        "0",
        "1000000",
        above=True,
    ),
    number(
        "funding_skew",
        "payments",
        "How many of the next funding payment the quotes lean towards the side that receives it.",
        "0",
        "100",
        default=Decimal(0),
    ),
)


@dataclass(frozen=True)
class ModelSettings:
    """The rows above as decisions use them."""

    quote_model: QuoteModel = QuoteModel.FIXED
    max_spread_pct: Decimal = Decimal(5)
    model_horizon: Decimal = Decimal(60)
    volatility_multiple: Decimal = Decimal(1)
    volatility_window: int = 60
    risk_aversion: Decimal | None = None
    order_decay: Decimal | None = None
    order_rate: Decimal | None = None
    funding_skew: Decimal = Decimal(0)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "ModelSettings":
        """Without these rows among the values: the fixed model.

        :param values: a table's parsed values by name
        """
        chosen = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        if "quote_model" in chosen:
            chosen["quote_model"] = QuoteModel(chosen["quote_model"])
        return cls(**chosen)

    @property
    def moves(self) -> bool:
        """Whether quotes may move while the market does not: volatility fades, a payment comes nearer."""
        return self.quote_model is not QuoteModel.FIXED or self.funding_skew > 0

    @property
    def needs_arrivals(self) -> bool:
        """Whether public trades are to be watched for what is not set."""
        if not self.quote_model.leans:
            return False
        return self.order_decay is None or (self.quote_model is QuoteModel.GLFT and self.order_rate is None)


FIXED = ModelSettings()


def check_model(values: Mapping[str, Any]) -> None:
    """Demands that the model makes on other settings.

    :param values: parsed, by name; what is absent has its default
    :raises SettingError: if one is not met
    """
    chosen = ModelSettings.from_values(values)
    model = chosen.quote_model
    if model.leans and chosen.risk_aversion is None:
        raise SettingError(
            f"risk_aversion (missing) must be given with quote_model {model.value}: a number greater than 0"
        )
    spread = values.get("spread_pct")
    if model is not QuoteModel.FIXED and spread is not None and spread > chosen.max_spread_pct:
        raise SettingError(f"max_spread_pct ({chosen.max_spread_pct}) must be at least spread_pct ({spread})")
