"""What is refused, what is warned of, and what a bot is about to do, before its first order: card SE02."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hummingbot_backpack.market_making.breakers import MoneyLimits
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.quoting import order_size
from hummingbot_backpack.market_making.settings import MakerSettings, QuotingSettings, check_against_market
from hummingbot_backpack.market_making.stages import QuoteDecision
from hummingbot_backpack.market_making.values import BPS, PERCENT, ZERO, MarketRule, Side, Touch


@dataclass(frozen=True)
class MarketFacts:
    """What is known of one controller's market and account; None is "not known", never zero.

    :param state: what the exchange says the market takes
    :param mark: mark price, quote per base
    :param max_leverage: the market's own
    :param leverage: the account's, in force now
    :param asked_leverage: what the configuration asks for, None: the account's stays
    :param equity: account value, quote
    :param maker_fee, taker_fee: fractions of notional, negative for a rebate
    :param fees_are_own: the account's own rates, not published ones
    :param net: signed position, base
    :param elsewhere: other markets of the account with an open position
    """

    controller_id: str
    connector_name: str
    trading_pair: str
    state: MarketState
    rule: MarketRule
    touch: Touch | None
    mark: Decimal | None
    max_leverage: int | None
    leverage: Decimal | None
    asked_leverage: int | None
    equity: Decimal | None
    maker_fee: Decimal | None
    taker_fee: Decimal | None
    fees_are_own: bool
    net: Decimal | None
    elsewhere: tuple[str, ...] = ()

    @property
    def quote(self) -> str:
        """The market's quote asset, from the pair's name."""
        return self.trading_pair.split("-")[-1]

    @property
    def price(self) -> Decimal | None:
        """Mark price, else the mid of the book, quote per base; None when neither is known."""
        return self.mark if self.mark is not None else (None if self.touch is None else self.touch.mid)

    def margin(self, base: Decimal) -> Decimal | None:
        """Initial margin of so much base, quote: notional by the leverage that will hold, within the market's."""
        leverage = Decimal(self.asked_leverage) if self.asked_leverage is not None else self.leverage
        if leverage is None or self.price is None:
            return None
        if self.max_leverage is not None:
            leverage = min(leverage, Decimal(self.max_leverage))
        return base * self.price / leverage if leverage > 0 else None


@dataclass(frozen=True)
class Report:
    """One sentence for each thing that is refused (nothing may start) or warned of (it runs), and the figures."""

    controller_id: str
    refused: tuple[str, ...]
    warned: tuple[str, ...]
    figures: tuple[str, ...]
    margin_needed: Decimal | None = None

    @property
    def passes(self) -> bool:
        """Whether trading may start: nothing is refused."""
        return not self.refused

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "controller_id": self.controller_id,
            "refused": list(self.refused),
            "warned": list(self.warned),
            "figures": list(self.figures),
        }

    def lines(self) -> list[str]:
        """For a terminal or the log."""
        return [
            f"Preflight of {self.controller_id}: {'passed' if self.passes else 'refused'}",
            *(f"  refused   {line}" for line in self.refused),
            *(f"  warned    {line}" for line in self.warned),
            *(f"  {line}" for line in self.figures),
        ]


def check(
    facts: MarketFacts,
    values: Mapping[str, object],
    settings: MakerSettings,
    quoting: QuoteDecision,
    limits: MoneyLimits,
) -> Report:
    """Everything that can be said before the first order.

    :param values: the configuration's values by name
    :param quoting: the ladder that a step would place now
    """
    refused, needed = _refused(facts, values, settings)
    return Report(
        controller_id=facts.controller_id,
        refused=tuple(refused),
        warned=tuple(_warned(facts, settings, limits)),
        figures=tuple(_figures(facts, settings, quoting, limits, needed)),
        margin_needed=needed,
    )


def refused_by_market(facts: MarketFacts, values: Mapping[str, object]) -> tuple[list[str], bool]:
    """What the market refuses, and whether a setting does not fit it."""
    found = []
    if facts.state is not MarketState.OPEN:
        found.append(f"trading_pair ({facts.trading_pair}) must be an open market; it is {facts.state.value} now")
    known = {name: value for name, value in values.items() if isinstance(value, str | bool | int | Decimal)}
    try:
        check_against_market(known, facts.rule, facts.max_leverage)
    except SettingError as error:
        return [*found, str(error)], True
    return found, False


def _refused(
    facts: MarketFacts, values: Mapping[str, object], settings: MakerSettings
) -> tuple[list[str], Decimal | None]:
    found, misfit = refused_by_market(facts, values)
    if misfit or facts.price is None:
        return found, None
    size = order_size(settings.order_amount, facts.equity, facts.price, settings.orders_per_side, facts.rule)
    if size.size == 0 and (settings.order_amount is not None or facts.equity is not None):
        given = settings.order_amount if settings.order_amount is not None else "none"
        found.append(f"order_amount ({given}) must give orders that the market takes: {size.reason}")
    # Bids and asks cannot both add to the exposure, so a ladder needs what one side of it does.
    ladder = size.size * settings.orders_per_side
    for name, base in (
        (f"max_position ({settings.max_position})", settings.max_position),
        (f"one full ladder ({settings.orders_per_side} orders of {size.size} a side)", ladder),
    ):
        margin = facts.margin(base)
        if margin is not None and facts.equity is not None and margin > facts.equity:
            found.append(
                f"{name} must be carried by the account: it needs {margin:.2f} {facts.quote} of margin, and the "
                f"account is worth {facts.equity:.2f}"
            )
    return found, facts.margin(max(settings.max_position, ladder))


def warned_of_quotes(facts: MarketFacts, settings: QuotingSettings, limits: MoneyLimits) -> list[str]:
    """What every market maker is warned of."""
    found = []
    spread_bps = settings.spread_pct * PERCENT
    if facts.maker_fee is not None and spread_bps < 2 * facts.maker_fee * BPS:
        found.append(
            f"spread_pct ({settings.spread_pct}) is {spread_bps:f} bps, less than the {2 * facts.maker_fee * BPS:f} "
            "bps that buying and selling cost in maker fees: every round trip loses"
        )
    if settings.inventory_skew * PERCENT > 2 * settings.spread_pct:
        found.append(
            f"inventory_skew ({settings.inventory_skew}) moves quotes by {settings.inventory_skew * BPS:f} bps at full "
            f"inventory, more than twice the spread of {spread_bps:f} bps"
        )
    if limits.off:
        found.append(f"these money limits are off: {', '.join(limits.off)}")
    return found


def _warned(facts: MarketFacts, settings: MakerSettings, limits: MoneyLimits) -> list[str]:
    found = warned_of_quotes(facts, settings, limits)
    least = settings.max_position * 2 * facts.rule.tick
    if settings.stop_loss is not None and settings.stop_loss < least:
        found.append(
            f"stop_loss ({settings.stop_loss}) is less than max_position times two ticks ({least:f} {facts.quote}): "
            "noise fires it"
        )
    if facts.asked_leverage is not None and facts.leverage != facts.asked_leverage and facts.elsewhere:
        found.append(
            f"leverage ({facts.asked_leverage}) is the account's, {facts.leverage} now: positions in "
            f"{', '.join(facts.elsewhere)} would feel it"
        )
    for name, value in (("the account's value", facts.equity), ("the account's leverage", facts.leverage)):
        if value is None:
            found.append(f"{name} is not known, so it is not checked whether it carries max_position")
    return found


def market_lines(facts: MarketFacts, quoting: QuoteDecision) -> list[str]:
    """The market, and the ladder that would be placed now."""
    rule = facts.rule
    lines = [
        f"market    {facts.connector_name} {facts.trading_pair}, {facts.state.value}; tick {rule.tick}, "
        f"step {rule.step}, minimum {rule.min_quantity}",
    ]
    for side in Side:
        rows = [f"{one.size} at {one.price}" for one in quoting.quotes if one.side is side]
        lines.append(f"{side.value + 's':<9} {', '.join(rows) or f'none: {quoting.reason}'}")
    return lines


def fee_lines(facts: MarketFacts, settings: QuotingSettings) -> list[str]:
    """The fees, and what quoting costs at them."""
    quote, lines = facts.quote, []
    if facts.maker_fee is not None and facts.taker_fee is not None:
        half = settings.spread_pct * PERCENT / 2
        maker, taker = facts.maker_fee * BPS, facts.taker_fee * BPS
        origin = "the account's" if facts.fees_are_own else "published ones"
        lines.append(f"fees      maker {maker:f} bps, taker {taker:f} bps ({origin})")
        lines.append(
            f"cost      {maker - half:.2f} {quote} per 10,000 quoted if the price stands still (maker fee less half "
            f"the spread; negative is a gain), {taker:.2f} and half the market's spread per 10,000 reduced at market"
        )
    return lines


def _figures(
    facts: MarketFacts, settings: MakerSettings, quoting: QuoteDecision, limits: MoneyLimits, needed: Decimal | None
) -> list[str]:
    quote, lines = facts.quote, market_lines(facts, quoting)
    worth = "not known" if facts.equity is None else f"{facts.equity:.2f} {quote}"
    leverage = facts.asked_leverage if facts.asked_leverage is not None else facts.leverage
    lines.append(
        f"margin    leverage {'not known' if leverage is None else leverage}, needs at most "
        f"{'not known' if needed is None else f'{needed:.2f} {quote}'} of {worth}; position now "
        f"{'not known' if facts.net is None else facts.net}"
    )
    lines += fee_lines(facts, settings)
    set_limits = [f"{name} {value}" for name, value in limits.named() if value is not None]
    if set_limits:
        lines.append(f"limits    {', '.join(set_limits)} {quote}")
    return lines


def check_account(reports: Mapping[str, tuple[Report, MarketFacts]]) -> list[str]:
    """Warnings that concern several controllers of one account: together they may need more than it has."""
    found = []
    accounts: dict[str, list[tuple[Report, MarketFacts]]] = {}
    for report, facts in reports.values():
        accounts.setdefault(facts.connector_name, []).append((report, facts))
    for name, members in accounts.items():
        needs = [report.margin_needed for report, _ in members if report.margin_needed is not None]
        equity = members[0][1].equity
        total = sum(needs, ZERO)
        if len(members) > 1 and equity is not None and total > equity:
            found.append(
                f"the controllers on {name} may need {total:.2f} {members[0][1].quote} of margin together, and the "
                f"account is worth {equity:.2f}"
            )
    return found
