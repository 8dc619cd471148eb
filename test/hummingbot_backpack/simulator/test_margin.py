"""Margin, funding, realisation, liquidation, lending, on the engine without a network."""

from decimal import Decimal

import pytest

from hummingbot_backpack.simulator import wire
from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.amounts import UNIT, shown, units
from hummingbot_backpack.simulator.errors import ExchangeError
from hummingbot_backpack.simulator.exchange import Exchange

PERP = "SOL_USDC_PERP"


def decimal(amount: int) -> Decimal:
    return Decimal(amount) / UNIT


def opened(exchange: Exchange, quantity: str = "1", price: str = "145", **funds: str) -> Account:
    """An account that is long: it took from another."""
    account = exchange.trader("long", **(funds or {"USDC": "1000"}))
    exchange.order(exchange.trader("short"), PERP, "Ask", quantity, price)
    exchange.order(account, PERP, "Bid", quantity, price)
    return account


def test_ba02_six_orders_of_15_usdc_fit_a_20_usdc_account_at_5x_and_the_seventh_does_not(exchange: Exchange) -> None:
    account = exchange.trader("small", USDC=20)
    account.settings.leverage = 5 * UNIT
    exchange.set_index("SOL", "150")
    for _ in range(6):
        assert exchange.order(account, PERP, "Bid", "0.1", "150", postOnly=True).status == "New"
    with pytest.raises(ExchangeError, match="INSUFFICIENT_MARGIN"):
        exchange.order(account, PERP, "Bid", "0.1", "150", postOnly=True)
    assert exchange.order(account, PERP, "Ask", "0.1", "151", postOnly=True).status == "New"


def test_po03_unrealised_pnl_is_only_what_the_realisation_has_not_booked(exchange: Exchange) -> None:
    account = opened(exchange)
    exchange.set_mark(PERP, "150")
    row = wire.position(exchange.engine, account, account.positions[PERP], "0")
    assert (row["pnlUnrealized"], row["pnlRealized"], row["entryPrice"]) == ("5", "0", "145")
    before = account.available["USDC"]
    exchange.perpetuals.realize()
    assert account.available["USDC"] - before == 5 * UNIT
    exchange.set_mark(PERP, "149.5")
    row = wire.position(exchange.engine, account, account.positions[PERP], "0")
    assert (row["pnlUnrealized"], row["pnlRealized"], row["entryPrice"]) == ("-0.5", "5", "145")
    assert row["netCost"] == "145"


def test_si03_break_even_is_the_entry_with_fees_and_funding_as_in_the_recorded_position(exchange: Exchange) -> None:
    account = opened(exchange, "0.1", "145")
    position = account.positions[PERP]
    position.funding = -units("0.022061")
    fees = Decimal("0.00725")
    assert decimal(position.fees) == fees
    expected = Decimal(145) + (fees + Decimal("0.022061")) / Decimal("0.1")
    assert decimal(position.break_even_price()) == expected


def test_fu01_longs_pay_what_shorts_receive_and_the_rest_is_the_houses(exchange: Exchange) -> None:
    account = opened(exchange, "2")
    short = next(one for one in exchange.engine.accounts.values() if one.name == "short")
    exchange.perpetuals.pay_funding()
    rate = Decimal("0.0000125")
    assert decimal(account.funding_total) == -rate * 2 * 145
    assert decimal(short.funding_total) == rate * 2 * 145
    row = wire.funding(account.funding[-1], account)
    assert (row["fundingRate"], row["quantity"], row["symbol"]) == ("0.0000125", "-0.003625", PERP)


def test_si03_an_account_under_its_maintenance_margin_is_liquidated_by_tenths(exchange: Exchange) -> None:
    account = opened(exchange, "10", USDC="160")
    exchange.order(exchange.trader("bidder"), PERP, "Bid", "50", "135.5")
    resting = exchange.order(account, PERP, "Bid", "0.01", "130")
    exchange.set_mark(PERP, "130.6")
    fill = account.fills[-1]
    assert (fill.steps, fill.fill_type, fill.order.system_type) == (100, "BookLiquidation", "LiquidatePositionOnBook")
    assert resting.status == "Cancelled"
    assert account.liquidating
    with pytest.raises(ExchangeError, match="ACCOUNT_LIQUIDATING"):
        exchange.order(account, PERP, "Bid", "1", "131")
    assert exchange.engine.ledger.pools["insurance"]["USDC"] == units("1.355")


def test_si03_a_bankrupt_account_goes_to_the_backstop_and_the_insurance_pays(exchange: Exchange) -> None:
    account = opened(exchange, "10", USDC="160")
    exchange.set_mark(PERP, "120")
    assert not account.positions
    assert account.fills[-1].fill_type == "Backstop"
    assert exchange.equity(account) == 0
    assert not account.borrowed["USDC"]
    assert exchange.engine.ledger.pools["insurance"]["USDC"] < 0


def test_si03_the_estimated_liquidation_price_is_where_equity_meets_maintenance(exchange: Exchange) -> None:
    account = opened(exchange, "10", USDC="160")
    price = exchange.perpetuals.liquidation_price(account, PERP)
    exchange.engine.set_mark(PERP, price + 10**8)
    exchange.perpetuals.liquidate()
    assert not account.liquidating
    exchange.engine.set_mark(PERP, price - 10**8)
    exchange.perpetuals.liquidate()
    assert account.liquidating


def test_ba01_lent_funds_pay_for_an_order_only_with_auto_lend_redeem(exchange: Exchange) -> None:
    account = exchange.trader("lender", USDC=1000)
    account.settings.auto_lend = True
    exchange.lending.sweep()
    assert wire.capital(account) == {}
    assert shown(account.lent["USDC"]) == "1000"
    with pytest.raises(ExchangeError, match="INSUFFICIENT_FUNDS"):
        exchange.order(account, "SOL_USDC", "Bid", "1", "145")
    assert exchange.order(account, "SOL_USDC", "Bid", "1", "145", autoLendRedeem=True).status == "New"
    assert wire.capital(account) == {"USDC": {"available": "0", "locked": "145", "staked": "0"}}


def test_si03_interest_goes_from_borrowers_to_lenders_and_the_house(exchange: Exchange) -> None:
    lender, borrower = exchange.trader("lender", USDC=1000), exchange.trader("borrower", USDC=1000)
    settler = exchange.engine.settler
    settler.lend(lender, "USDC", 1000 * UNIT, "Manual", 0)
    settler.borrow(borrower, "USDC", 500 * UNIT, "Manual", 0)
    exchange.lending.pay_interest()
    assert borrower.borrowed["USDC"] == 500 * UNIT + -(-500 * UNIT * 5 // 100 // 8760)
    assert lender.lent["USDC"] > 1000 * UNIT
    assert borrower.interest_payments[-1].payment == "Borrow"


def test_po04_leverage_raises_the_initial_margin(exchange: Exchange) -> None:
    account = opened(exchange, "1")
    account.settings.leverage = 2 * UNIT
    row = wire.position(exchange.engine, account, account.positions[PERP], "0")
    assert (row["imf"], row["mmf"]) == ("0.5", "0.0135")


def test_si03_margin_fractions_grow_with_the_square_root_of_the_notional(exchange: Exchange) -> None:
    spec = exchange.specs["BTC_USDC_PERP"]
    assert spec.imf is not None
    assert shown(spec.imf(285_000 * UNIT)) == "0.01333333"
    assert spec.imf(1_000_000 * UNIT) == pytest.approx(0.02494 * UNIT, rel=1e-9)
