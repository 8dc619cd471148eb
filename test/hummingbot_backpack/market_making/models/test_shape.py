"""The interface of the quote models: whatever they say stays inside what the cards allow."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummingbot_backpack.market_making.errors import DecisionError
from hummingbot_backpack.market_making.models.preview import preview, suggested_risk_aversion
from hummingbot_backpack.market_making.models.rows import ModelSettings, QuoteModel
from hummingbot_backpack.market_making.models.shape import Funding, ModelInputs, NotKnown, Shape, shape
from hummingbot_backpack.market_making.models.statistics import Intensity
from hummingbot_backpack.market_making.quoting import Skew, inventory_skew, ladder_prices
from hummingbot_backpack.market_making.values import MarketRule, Touch

RULE = MarketRule(Decimal("0.01"), Decimal("0.01"), Decimal("0.01"))
TOUCH = Touch(Decimal("144.99"), Decimal("145.01"))
KNOWN = ModelInputs(
    sigma=Decimal("0.0002"),
    intensity=Intensity(Decimal("0.5"), Decimal("10")),
    funding=Funding(Decimal("0.0001"), 0.0),
)
NO_SKEW = Skew(Decimal(0), Decimal(0))
ANY = st.decimals(allow_nan=True, allow_infinity=True)
POSITIVE = st.decimals("0.000001", "1000000", allow_nan=False)
NETS = st.decimals("-1000", "1000", allow_nan=False)
MODELS = st.builds(
    ModelSettings,
    quote_model=st.sampled_from(QuoteModel),
    max_spread_pct=st.decimals("0.2", "50"),
    model_horizon=st.decimals("1", "86400"),
    volatility_multiple=st.decimals("0.01", "100"),
    risk_aversion=POSITIVE,
    order_decay=st.one_of(st.none(), POSITIVE),
    order_rate=st.one_of(st.none(), POSITIVE),
    funding_skew=st.decimals("0", "100"),
)


def quoted(
    net: Decimal, model: ModelSettings, inputs: ModelInputs = KNOWN, spread: Decimal = Decimal("0.2")
) -> Shape | NotKnown:
    skew = inventory_skew(TOUCH.mid, net, Decimal(10), Decimal("0.002"))
    return shape(TOUCH.mid, net, spread, Decimal("0.3"), skew, model, inputs)


def certain(found: Shape | NotKnown) -> Shape:
    assert isinstance(found, Shape)
    return found


def test_sk01_the_fixed_model_is_the_spread_and_the_skew_and_nothing_else() -> None:
    skew = inventory_skew(TOUCH.mid, Decimal(2), Decimal(5), Decimal("0.002"))
    found = certain(shape(TOUCH.mid, Decimal(2), Decimal("0.2"), Decimal(1), skew, ModelSettings(), ModelInputs()))
    assert (found.width_pct, found.skew) == (Decimal("0.2"), skew)
    assert found.skew.offset == Decimal("0.116")


@given(model=MODELS, net=NETS)
def test_sk01_every_models_lean_is_antisymmetric(model: ModelSettings, net: Decimal) -> None:
    calm = ModelSettings(**{**vars(model), "funding_skew": Decimal(0)})
    there, back = certain(quoted(net, calm)), certain(quoted(-net, calm))
    assert there.skew.offset == -back.skew.offset
    assert there.width_pct == back.width_pct


@given(model=MODELS, net=NETS, more=POSITIVE)
def test_sk01_every_models_lean_is_monotone_in_the_position(model: ModelSettings, net: Decimal, more: Decimal) -> None:
    lower, upper = certain(quoted(net, model)), certain(quoted(net + more, model))
    assert upper.skew.offset >= lower.skew.offset


@given(model=MODELS, net=NETS, spread=st.decimals("0.01", "0.2"))
def test_qu01_no_model_crosses_the_touch_or_leaves_its_bounds(
    model: ModelSettings, net: Decimal, spread: Decimal
) -> None:
    found = certain(quoted(net, model, spread=spread))
    assert spread <= found.width_pct <= max(spread, model.max_spread_pct)
    prices = ladder_prices(TOUCH, found.width_pct, Decimal(5), 5, found.skew, RULE.tick)
    assert all(price <= TOUCH.ask - RULE.tick and price % RULE.tick == 0 for price in prices.bids)
    assert all(price >= TOUCH.bid + RULE.tick and price % RULE.tick == 0 for price in prices.asks)


@given(
    mid=ANY, net=ANY, spread=ANY, size=ANY, sigma=st.one_of(st.none(), ANY), rate=ANY, left=st.floats(), model=MODELS
)
def test_pr01_whatever_comes_there_is_a_finite_shape_or_a_named_error(
    mid: Decimal,
    net: Decimal,
    spread: Decimal,
    size: Decimal,
    sigma: Decimal | None,
    rate: Decimal,
    left: float,
    model: ModelSettings,
) -> None:
    try:
        inputs = ModelInputs(sigma, None, Funding(rate, left))
        found = shape(mid, net, spread, size, NO_SKEW, model, inputs)
    except DecisionError:
        return
    if isinstance(found, Shape):
        assert found.width_pct.is_finite() and found.width_pct > 0
        assert found.skew.offset.is_finite()


@pytest.mark.parametrize("model", [each for each in QuoteModel if each is not QuoteModel.FIXED])
def test_qu01_a_model_without_what_it_needs_says_so_instead_of_guessing(model: QuoteModel) -> None:
    settings = ModelSettings(quote_model=model, risk_aversion=Decimal("0.1"))
    found = quoted(Decimal(0), settings, ModelInputs())
    assert found == NotKnown("the volatility of the last seconds is not known yet")
    if model.leans:
        found = quoted(Decimal(0), settings, ModelInputs(sigma=Decimal("0.0002")))
        assert found == NotKnown("how far public trades reach is not known yet")


def test_qu01_the_volatility_model_widens_with_the_market_up_to_its_bound() -> None:
    settings = ModelSettings(quote_model=QuoteModel.VOLATILITY, max_spread_pct=Decimal(2))
    calm = certain(quoted(Decimal(0), settings, ModelInputs(sigma=Decimal("0.00001"))))
    wild = certain(quoted(Decimal(0), settings, ModelInputs(sigma=Decimal("0.0005"))))
    panic = certain(quoted(Decimal(0), settings, ModelInputs(sigma=Decimal("0.5"))))
    assert (calm.width_pct, panic.width_pct) == (Decimal("0.2"), Decimal(2))
    assert float(wild.width_pct) == pytest.approx(2 * 0.05 * 60**0.5)  # 2 σ √60 s, in percent


def test_fu01_quotes_lean_to_the_side_that_receives_the_next_payment_as_it_comes_near() -> None:
    settings = ModelSettings(funding_skew=Decimal(2))

    def offset(rate: str, left: float) -> Decimal:
        inputs = ModelInputs(funding=Funding(Decimal(rate), left))
        return certain(shape(TOUCH.mid, Decimal(0), Decimal(1), Decimal(1), NO_SKEW, settings, inputs)).skew.offset

    assert offset("0.0001", 0) == Decimal("0.029")  # 145 x 2 x 0.0001
    assert offset("0.0001", 1800) == Decimal("0.0145")
    assert offset("0.0001", 3600) == offset("0.0001", 7 * 3600) == 0
    assert offset("-0.0001", 0) == -offset("0.0001", 0)
    found = shape(TOUCH.mid, Decimal(0), Decimal(1), Decimal(1), NO_SKEW, settings, ModelInputs())
    assert found == NotKnown("the next funding payment is not known")


def test_se02_the_preview_shows_the_quotes_from_a_full_short_to_a_full_long() -> None:
    settings = ModelSettings(quote_model=QuoteModel.GLFT, risk_aversion=Decimal("0.05"))
    rows = preview(
        TOUCH, RULE, Decimal("0.1"), Decimal("0.3"), Decimal(5), Decimal(0), settings, ModelInputs(*_inputs())
    )
    assert not isinstance(rows, NotKnown)
    assert [row.net for row in rows] == [Decimal(net) for net in ("-5", "-2.5", "0", "2.5", "5")]
    bids = [row.bid for row in rows if row.bid is not None]
    assert len(bids) == 5 and bids == sorted(bids, reverse=True)
    assert preview(
        TOUCH, RULE, Decimal("0.1"), Decimal("0.3"), Decimal(5), Decimal(0), settings, ModelInputs()
    ) == NotKnown("the volatility of the last seconds is not known yet")


def _inputs() -> tuple[Decimal, Intensity]:
    return Decimal("0.0002"), Intensity(Decimal("0.5"), Decimal("10"))


def test_se02_the_suggested_risk_aversion_leans_by_the_spread_at_a_full_position() -> None:
    gamma = suggested_risk_aversion(Decimal(145), Decimal("0.0002"), Decimal("0.1"), Decimal(5), Decimal(60))
    settings = ModelSettings(quote_model=QuoteModel.AVELLANEDA_STOIKOV, risk_aversion=gamma, order_decay=Decimal(10))
    found = certain(shape(Decimal(145), Decimal(5), Decimal("0.1"), Decimal("0.3"), NO_SKEW, settings, KNOWN))
    assert float(found.skew.offset) == pytest.approx(0.145, rel=0.06)
    assert suggested_risk_aversion(Decimal(145), Decimal(0), Decimal("0.1"), Decimal(5), Decimal(60)) is None
