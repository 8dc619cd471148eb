"""What a controller shows of itself: market, decision, prices, result (card SE03)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hummingbot_backpack.market_making.accounting import Account, wear_rate
from hummingbot_backpack.trading import inventory, observe

if TYPE_CHECKING:
    from hummingbot_backpack.trading.controller import Base


def plain(value: Decimal | None) -> str | None:
    """A figure of the published state: exact, without an exponent; None for what is not known."""
    return None if value is None else f"{value:f}"


def text(value: Decimal | None, places: int | None = None) -> str:
    """A figure for people."""
    if value is None:
        return "not known"
    return f"{value:.{places}f}" if places is not None else f"{value.normalize():f}"


def held(controller: "Base", account: Account) -> Decimal:
    """What the exchange says is held, base; while it does not say, what the books make."""
    known = inventory.observed(controller.connector, controller.config.trading_pair)
    return account.position if known in (None, account.position) else known


def market_state(controller: "Base") -> dict[str, Any]:
    """The four layers as plain values for JSON; decimals as text, None for what is not known."""
    seen, decision, account = controller.seen, controller.decision, controller.account
    state: dict[str, Any] = {
        "id": controller.config.id,
        "connector": controller.config.connector_name,
        "trading_pair": controller.config.trading_pair,
        "markets": [{"connector": name, "trading_pair": pair} for name, pair in controller.markets],
        "market": {"bid": None, "ask": None, "mid": None, "spread_bps": None, "mark": None},
        **controller.state(),
        "decision": None,
        "prices": None,
        "open_orders": 0,
        "quotes": {
            "placed": controller.counters.placed,
            "kept": controller.counters.kept,
            "cancelled": controller.counters.cancelled,
        },
        "result": None,
    }
    if seen is not None:
        state["open_orders"] = len(observe.own_orders(controller.connector, controller.config.trading_pair))
        state["market"]["mark"] = plain(controller.mark())
        if seen.touch is not None:
            state["market"].update(
                bid=plain(seen.touch.bid),
                ask=plain(seen.touch.ask),
                mid=plain(seen.touch.mid),
                spread_bps=text(seen.touch.spread_bps, 3),
            )
    if decision is not None:
        state["decision"] = decision.stages()
        prices = decision.quoting.prices
        if prices is not None:
            state["prices"] = {
                "raw_bid": plain(prices.raw_bid),
                "raw_ask": plain(prices.raw_ask),
                "ratio": plain(prices.skew.ratio),
                "offset": plain(prices.skew.offset),
                "bids": [plain(price) for price in prices.bids],
                "asks": [plain(price) for price in prices.asks],
            }
    if account is not None:
        mark = controller.mark()
        state["result"] = {
            "fills": account.fills,
            "buys": account.buys,
            "sells": account.sells,
            "foreign_fills": account.foreign_fills,
            "position": plain(held(controller, account)),
            "average_entry": plain(account.average_entry),
            "volume": plain(account.volume),
            "maker_volume": plain(account.maker_volume),
            "taker_volume": plain(account.taker_volume),
            "fees": {asset: plain(amount) for asset, amount in account.fees.items()},
            "funding": plain(account.funding),
            "realised": plain(account.realised),
            "mark": plain(mark),
            "unrealised": plain(account.unrealised(mark)),
            "net_pnl": plain(account.net_pnl(mark)),
            "wear_rate_per_10000": plain(account.wear_rate(mark)),
            "all_time": {name: plain(value) for name, value in all_time(controller, account, mark).items()},
        }
    return state


def totals(controllers: Sequence["Base"]) -> dict[str, Any]:
    """Sums over all markets, decimals as text; position, entry and mark only where there is one market."""
    books = [book for each in controllers for book in each.books()]
    accounts = [account for account, _ in books]
    unrealised = [account.unrealised(mark) for account, mark in books]
    nets = [account.net_pnl(mark) for account, mark in books]

    def total(values: Iterable[Decimal | None]) -> str | None:
        known = list(values)
        return None if None in known else f"{sum((value for value in known if value is not None), Decimal(0)):f}"

    single = accounts[0] if len(accounts) == 1 else None
    return {
        "quotes_placed": sum(each.counters.placed for each in controllers),
        "quotes_kept": sum(each.counters.kept for each in controllers),
        "quotes_cancelled": sum(each.counters.cancelled for each in controllers),
        "fills": sum(account.fills for account in accounts),
        "buys": sum(account.buys for account in accounts),
        "sells": sum(account.sells for account in accounts),
        "foreign_fills": sum(account.foreign_fills for account in accounts),
        "volume": total(account.volume for account in accounts),
        "maker_volume": total(account.maker_volume for account in accounts),
        "taker_volume": total(account.taker_volume for account in accounts),
        "fees": total(account.fees_quote for account in accounts),
        "funding": total(account.funding for account in accounts),
        "realised": total(account.realised for account in accounts),
        "unrealised": total(unrealised),
        "pnl": total(nets),
        "position": None if single is None else f"{held(controllers[0], single):f}",
        "average_entry": None if single is None or single.average_entry is None else f"{single.average_entry:f}",
        "mark": None if single is None or books[0][1] is None else f"{books[0][1]:f}",
        "open_orders": sum(len(observe.own_orders(each.connector, each.config.trading_pair)) for each in controllers),
    }


def all_time(controller: "Base", account: Account, mark: Decimal | None) -> dict[str, Decimal | None]:
    """Every session's sums, this one's included; a session counts from its own opening mark to its own end."""
    earlier = controller.earlier
    unrealised = account.unrealised(mark)

    def total(name: str, now: Decimal | None) -> Decimal | None:
        return None if now is None else earlier.get(name, Decimal(0)) + now

    volume = account.volume + earlier.get("maker_volume", Decimal(0)) + earlier.get("taker_volume", Decimal(0))
    net = total("unrealised", unrealised)
    if net is not None:
        net += account.realised + earlier.get("realised", Decimal(0)) - account.fees_quote
        net -= earlier.get("fees", Decimal(0))
    return {
        "realised": total("realised", account.realised),
        "unrealised": total("unrealised", unrealised),
        "fees": total("fees", account.fees_quote),
        "funding": total("funding", account.funding),
        "maker_volume": total("maker_volume", account.maker_volume),
        "taker_volume": total("taker_volume", account.taker_volume),
        "wear_rate_per_10000": None if net is None or volume == 0 else wear_rate(net, volume),
    }


def controller_lines(controller: "Base") -> list[str]:
    """The four layers as lines for a terminal."""
    config, seen, decision = controller.config, controller.seen, controller.decision
    lines = [f"  {config.id}: {config.connector_name} {config.trading_pair}"]
    if seen is None or decision is None:
        return [*lines, "  waiting for the market"]
    touch = seen.touch
    if touch is None:
        lines.append("  market    book not known")
    else:
        lines.append(
            f"  market    bid {touch.bid}  ask {touch.ask}  spread {text(touch.spread_bps, 2)} bps"
            f"  mid {text(touch.mid)}  mark {text(controller.mark())}"
        )
    lines.append(f"  {controller.inventory_line()}")
    lines += [f"  {name:<9} {reason}" for name, reason in decision.stages().items()]
    prices = decision.quoting.prices
    if prices is not None:
        bid = str(prices.bids[0]) if prices.bids else "none"
        ask = str(prices.asks[0]) if prices.asks else "none"
        lines.append(
            f"  prices    raw {text(prices.raw_bid, 6)} / {text(prices.raw_ask, 6)}  ratio "
            f"{text(prices.skew.ratio, 4)}  offset {text(prices.skew.offset, 6)}  quoted {bid} / {ask}"
        )
    counters = controller.counters
    lines.append(f"  quotes    {counters.placed} placed, {counters.kept} kept, {counters.cancelled} cancelled")
    return [*lines, *_result_lines(controller)]


def _result_lines(controller: "Base") -> list[str]:
    account = controller.account
    if account is None:
        return ["  result    not recorded by this script"]
    mark = controller.mark()
    quote = account.quote
    net = text(account.net_pnl(mark), 6)
    ever = all_time(controller, account, mark)
    foreign = f"  with {account.foreign_fills} fills that are not ours" if account.foreign_fills else ""
    return [
        f"  result    {account.fills} fills ({account.buys} buys, {account.sells} sells), volume "
        f"{text(account.volume, 2)} {quote} (maker {text(account.maker_volume, 2)}, taker "
        f"{text(account.taker_volume, 2)})",
        f"            realised {text(account.realised, 6)}  unrealised {text(account.unrealised(mark), 6)}  fees "
        f"{text(account.fees_quote, 6)}  funding {text(account.funding, 6)}  net {net} {quote}{foreign}",
        f"            wear rate {text(account.wear_rate(mark), 2)} per 10,000 (positive is a loss)",
        f"  all time  realised {text(ever['realised'], 6)}  unrealised {text(ever['unrealised'], 6)}  fees "
        f"{text(ever['fees'], 6)}  funding {text(ever['funding'], 6)} {quote}",
        f"            volume maker {text(ever['maker_volume'], 2)}, taker {text(ever['taker_volume'], 2)}  wear rate "
        f"{text(ever['wear_rate_per_10000'], 2)} per 10,000",
    ]
