"""The tables of exact records. Money is text as the exchange sent it, times are seconds since the epoch."""

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, UniqueConstraint, inspect, text

VERSION = 2
"""Of the layout, kept in the file's `user_version`; 0 is the first layout, which held no number."""

HORIZONS = (1, 5, 30, 60)
"""Seconds after a fill at which the touch is noted again."""

METADATA = MetaData()

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("started", Float, nullable=False),
    Column("ended", Float),
    Column("end_reason", String),
)

MARKETS = Table(
    "session_markets",
    METADATA,
    Column("session", Integer, nullable=False),
    Column("connector", String, nullable=False),
    Column("trading_pair", String, nullable=False),
    Column("opening_position", String, nullable=False),
    Column("opening_mark", String),
    Column("closing_position", String),
    Column("closing_mark", String),
    Column("realised", String),
    Column("unrealised", String),
    Column("fees", String),
    Column("funding", String),
    Column("maker_volume", String),
    Column("taker_volume", String),
    # Since layout 2: the exchange's name of the market, the account it belongs to, whether it is held as a position.
    Column("symbol", String),
    Column("account", String),
    Column("perpetual", Integer),
    Column("closing_bid", String),
    Column("closing_ask", String),
    UniqueConstraint("session", "connector", "trading_pair"),
)

FILLS = Table(
    "fills",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session", Integer, nullable=False, index=True),
    Column("connector", String, nullable=False),
    Column("trading_pair", String, nullable=False),
    Column("trade_id", String, nullable=False),
    Column("order_id", String, nullable=False),
    Column("exchange_order_id", String, nullable=False),
    Column("side", String, nullable=False),
    Column("price", String, nullable=False),
    Column("quantity", String, nullable=False),
    Column("fee", String, nullable=False),
    Column("fee_asset", String, nullable=False),
    Column("liquidity", String, nullable=False),
    Column("time", Float, nullable=False),
    # Since layout 2: "quote", "reduce" or "hedge", and the touch of everybody else at the fill and after each horizon.
    Column("purpose", String),
    Column("bid", String),
    Column("ask", String),
    *(Column(f"{side}_{seconds}", String) for seconds in HORIZONS for side in ("bid", "ask")),
    UniqueConstraint("connector", "trading_pair", "order_id", "trade_id"),
)

FUNDING = Table(
    "funding",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session", Integer, nullable=False, index=True),
    Column("connector", String, nullable=False),
    Column("trading_pair", String, nullable=False),
    Column("time", Float, nullable=False),
    Column("amount", String, nullable=False),
    Column("rate", String, nullable=False),
    UniqueConstraint("connector", "trading_pair", "time"),
)

FOREIGN_FILLS = Table(
    "foreign_fills",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session", Integer, nullable=False, index=True),
    Column("account", String, nullable=False),
    Column("symbol", String, nullable=False),
    Column("trade_id", String, nullable=False),
    Column("order_id", String, nullable=False),
    Column("side", String, nullable=False),
    Column("price", String, nullable=False),
    Column("quantity", String, nullable=False),
    Column("fee", String, nullable=False),
    Column("fee_asset", String, nullable=False),
    Column("liquidity", String, nullable=False),
    # Why, when the exchange itself traded (liquidation, ADL, …); absent for a trade by hand or by another bot.
    Column("origin", String),
    Column("time", Float, nullable=False),
    UniqueConstraint("account", "symbol", "order_id", "trade_id"),
)

TRANSFERS = Table(
    "transfers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session", Integer, nullable=False, index=True),
    Column("account", String, nullable=False),
    # "deposit", "withdrawal", "interest", or "funding" of a market that the session does not trade.
    Column("kind", String, nullable=False),
    Column("reference", String, nullable=False),
    Column("asset", String, nullable=False),
    # Signed: what it added to the account.
    Column("amount", String, nullable=False),
    # Quote per unit of the asset when it was recorded.
    Column("price", String),
    Column("time", Float, nullable=False),
    UniqueConstraint("account", "kind", "reference"),
)

SAMPLES = Table(
    "samples",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session", Integer, nullable=False, index=True),
    Column("account", String, nullable=False),
    # "start", "minute" or "end".
    Column("kind", String, nullable=False),
    Column("time", Float, nullable=False),
    Column("equity", String, nullable=False),
    # JSON: asset to [quantity, price]; symbol to [quantity, mark, unsettled PnL].
    Column("assets", String, nullable=False),
    Column("positions", String, nullable=False),
    # Own fills of the session that it counts; absent where that was not certain.
    Column("fills", Integer),
    Column("margin_fraction", String),
    Column("maintenance", String),
)

QUOTING = Table(
    "quoting",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session", Integer, nullable=False, index=True),
    Column("connector", String, nullable=False),
    Column("trading_pair", String, nullable=False),
    Column("time", Float, nullable=False),
    # Seconds looked at, and of these with bids and asks within 7.5 and 15 bps of the mid; base × seconds inside.
    Column("seconds", Float, nullable=False),
    Column("both_7_5", Float, nullable=False),
    Column("both_15", Float, nullable=False),
    Column("bid_size_7_5", Float, nullable=False),
    Column("ask_size_7_5", Float, nullable=False),
    Column("bid_size_15", Float, nullable=False),
    Column("ask_size_15", Float, nullable=False),
)


def bring_up_to_date(connection: Connection) -> None:
    """Create what is missing, add the columns that an older layout has not; what it never recorded stays absent.

    :raises ValueError: the file's layout is newer than ours
    """
    found = int(connection.execute(text("PRAGMA user_version")).scalar() or 0)
    if found > VERSION:
        raise ValueError(f"has layout {found}, and this release knows layouts up to {VERSION}")
    if found == VERSION:
        return
    METADATA.create_all(connection)
    inspector = inspect(connection)
    for table in METADATA.sorted_tables:
        present = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in present:
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {column.type}"))
    connection.execute(text(f"PRAGMA user_version = {VERSION}"))
