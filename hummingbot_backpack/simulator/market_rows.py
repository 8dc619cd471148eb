"""The markets and assets of the local Backpack, with the filters that were recorded from the live exchange in 2026."""

from typing import Any


def _filters(
    *,
    tick: str,
    step: str,
    min_price: str,
    max_price: str | None,
    impact: tuple[str, str],
    band: tuple[str, str],
    premium: str | None,
    update: tuple[str, str] | None,
    borrow_fee: tuple[str, str] | None,
) -> dict[str, Any]:
    return {
        "price": {
            "borrowEntryFeeMaxMultiplier": borrow_fee[1] if borrow_fee else None,
            "borrowEntryFeeMinMultiplier": borrow_fee[0] if borrow_fee else None,
            "discoveryBoundBand": None,
            "maxImpactMultiplier": impact[1],
            "maxMultiplier": "2",
            "maxPrice": max_price,
            "maxPriceUpdateMultiplier": update[1] if update else None,
            "meanMarkPriceBand": {"maxMultiplier": band[1], "minMultiplier": band[0]},
            "meanPremiumBand": {"tolerancePct": premium} if premium else None,
            "minImpactMultiplier": impact[0],
            "minMultiplier": "0.25",
            "minPrice": min_price,
            "minPriceUpdateMultiplier": update[0] if update else None,
            "tickSize": tick,
        },
        "quantity": {"maxQuantity": None, "minQuantity": step, "stepSize": step},
    }


def _market(
    base: str, kind: str, filters: dict[str, Any], imf: dict[str, str] | None, mmf: dict[str, str] | None, limit: str
) -> dict[str, Any]:
    perpetual = kind == "PERP"
    return {
        "baseSymbol": base,
        "createdAt": "2025-01-21T06:34:54.691858",
        "filters": filters,
        "fundingInterval": 3600000 if perpetual else None,
        "fundingRateLowerBound": "-100" if perpetual else None,
        "fundingRateUpperBound": "100" if perpetual else None,
        "imfFunction": imf,
        "marketType": kind,
        "mmfFunction": mmf,
        "openInterestLimit": limit,
        "orderBookState": "Open",
        "positionLimitWeight": "1" if perpetual else None,
        "quoteSymbol": "USDC",
        "rwaMarketType": None,
        "symbol": f"{base}_USDC_PERP" if perpetual else f"{base}_USDC",
        "visible": True,
    }


def _sqrt(base: str, factor: str) -> dict[str, str]:
    return {"base": base, "factor": factor, "type": "sqrt"}


SOL_USDC = _market(
    "SOL",
    "SPOT",
    _filters(
        tick="0.01", step="0.01", min_price="0.01", max_price=None, impact=("0.99", "1.01"), band=("0.97", "1.03"),
        premium=None, update=("0.9975", "1.0025"), borrow_fee=("0.99", "1.01"),
    ),
    None, None, "0",
)  # fmt: skip
SOL_USDC_PERP = _market(
    "SOL",
    "PERP",
    _filters(
        tick="0.01", step="0.01", min_price="0.01", max_price="1000", impact=("0.99", "1.01"), band=("0.925", "1.075"),
        premium="0.05", update=("0.9975", "1.0025"), borrow_fee=None,
    ),
    _sqrt("0.02", "0.000075"), _sqrt("0.0135", "0.0000375"), "4000000",
)  # fmt: skip
BTC_USDC_PERP = _market(
    "BTC",
    "PERP",
    _filters(
        tick="0.1", step="0.00001", min_price="0.1", max_price="1000000", impact=("0.99", "1.01"),
        band=("0.96", "1.04"), premium="0.05", update=("0.9975", "1.0025"), borrow_fee=None,
    ),
    _sqrt("0.01333333", "0.00002494"), _sqrt("0.00666667", "0.00001496"), "4000",
)  # fmt: skip

MARKETS: dict[str, dict[str, Any]] = {row["symbol"]: row for row in (SOL_USDC, SOL_USDC_PERP, BTC_USDC_PERP)}

START_PRICES: dict[str, str] = {"SOL": "145", "BTC": "86000"}

ASSETS: dict[str, dict[str, Any]] = {
    "USDC": {
        "name": "USD Coin", "gecko": "usd-coin", "weight": "1", "kind": {"type": "identity"}, "places": 6,
        "imf": _sqrt("0.1", "0.0001"), "mmf": _sqrt("0.05", "0.00005"), "step": "0.000001",
    },
    "SOL": {
        "name": "Solana", "gecko": "solana", "weight": "0.9",
        "kind": {"type": "inverseSqrt", "base": "1.1", "positiveCurvePenalty": "0.0003"}, "places": 9,
        "imf": _sqrt("0.02", "0.000075"), "mmf": _sqrt("0.0135", "0.0000375"), "step": "0.01",
    },
    "BTC": {
        "name": "Bitcoin", "gecko": "bitcoin", "weight": "0.95",
        "kind": {"type": "inverseSqrt", "base": "1.1", "positiveCurvePenalty": "0.0003"}, "places": 8,
        "imf": _sqrt("0.01333333", "0.00002494"), "mmf": _sqrt("0.00666667", "0.00001496"), "step": "0.00001",
    },
    "USDT": {
        "name": "Tether", "gecko": "tether", "weight": "0.95", "kind": {"type": "identity"}, "places": 6,
        "imf": _sqrt("0.1", "0.0001"), "mmf": _sqrt("0.05", "0.00005"), "step": "0.000001",
    },
}  # fmt: skip
"""Per asset: display name, haircut (collateral weight and curve), margin functions for lending, smallest step."""

LEND_MARKET: dict[str, str] = {
    "borrowInterestRate": "0.05", "fee": "0.15", "lendInterestRate": "0.0425", "maxUtilization": "0.95",
    "openBorrowLendLimit": "1000000000", "optimalUtilization": "0.8", "state": "Open", "stepSize": "0.000001",
    "throttleUpdateFraction": "0.1", "throttleUtilizationBound": "0.95", "throttleUtilizationThreshold": "0.9",
}  # fmt: skip
"""What every lending market shows besides its own figures; rates are a year's."""
