"""What hedging costs: expected from fees and prices, and as it came out (card HE04)."""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.values import BPS, ZERO, Side, Touch, require_finite, require_positive


@dataclass(frozen=True)
class ExpectedCost:
    """Parts of the cost per 10,000 of maker volume, in quote; a gain is negative.

    :param crossed: by how much the hedge trades at a worse price than the quote
    """

    maker_fee: Decimal
    taker_fee: Decimal
    crossed: Decimal

    @property
    def total(self) -> Decimal:
        """All of it, quote per 10,000 of maker volume; negative is a gain."""
        return self.maker_fee + self.taker_fee + self.crossed


def expected_cost(
    maker_bps: Decimal, taker_bps: Decimal, maker_price: Decimal, hedge_price: Decimal, side: Side
) -> ExpectedCost:
    """Cost per 10,000 of maker volume of one quote filled at `maker_price` and undone at `hedge_price`.

    Both fees are on their own leg's notional. 2 and 5 bps, both legs at 144.99: 0.0290 + 0.0725 on 144.99, so 7.00.

    :param maker_bps, taker_bps: the account's fees, bps, a rebate negative
    :param maker_price, hedge_price: quote per base
    :param side: of the quote
    :raises DecisionError: if a value is not finite or not in its range
    """
    require_finite("maker_bps", maker_bps)
    require_finite("taker_bps", taker_bps)
    require_positive("maker_price", maker_price)
    require_positive("hedge_price", hedge_price)
    crossed = side.sign * (maker_price - hedge_price) / maker_price * BPS
    return ExpectedCost(maker_bps, taker_bps * hedge_price / maker_price, crossed)


def expected_at(maker_bps: Decimal, taker_bps: Decimal, bid: Decimal, ask: Decimal, hedge_touch: Touch) -> ExpectedCost:
    """Mean of both sides: a bid that is filled is sold into the hedge market's bid, an ask bought at its ask.

    :param bid, ask: our quotes
    """
    buys = expected_cost(maker_bps, taker_bps, bid, hedge_touch.bid, Side.BUY)
    sells = expected_cost(maker_bps, taker_bps, ask, hedge_touch.ask, Side.SELL)
    return ExpectedCost(maker_bps, (buys.taker_fee + sells.taker_fee) / 2, (buys.crossed + sells.crossed) / 2)


@dataclass
class HedgeCost:
    """Running cost of both legs together.

    :param maker_volume: quote traded by quotes
    :param cash: quote received less paid, fees included
    :param base: base bought less sold, fees in base included: nothing once all is hedged
    """

    maker_volume: Decimal = ZERO
    cash: Decimal = ZERO
    base: Decimal = ZERO

    def on_fill(
        self, side: Side, price: Decimal, quantity: Decimal, fee: Decimal, fee_in_base: bool, is_maker: bool
    ) -> None:
        """Book a fill of either leg; a fee in neither base nor quote does not belong here."""
        require_positive("price", price)
        require_positive("quantity", quantity)
        require_finite("fee", fee)
        self.cash -= side.sign * price * quantity
        self.base += side.sign * quantity
        if fee_in_base:
            self.base -= fee
        else:
            self.cash -= fee
        if is_maker:
            self.maker_volume += price * quantity

    def cost(self, price: Decimal | None) -> Decimal | None:
        """Quote lost, what is not hedged yet valued at `price`; None while that is needed and not known."""
        if self.base == 0:
            return -self.cash
        return None if price is None else -(self.cash + self.base * price)

    def per_10000(self, price: Decimal | None) -> Decimal | None:
        """Cost per 10,000 of maker volume; None without volume or price."""
        cost = self.cost(price)
        return None if cost is None or self.maker_volume == 0 else cost / self.maker_volume * BPS
