"""What quote models look at, gathered from a connector as the market goes by."""

from decimal import Decimal

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import OrderBookEvent, OrderBookTradeEvent

from hummingbot_backpack.market_making.models.rows import ModelSettings
from hummingbot_backpack.market_making.models.shape import ModelInputs
from hummingbot_backpack.market_making.models.statistics import Arrivals, MidReturns
from hummingbot_backpack.market_making.values import Touch
from hummingbot_backpack.trading import observe


class ModelFeed:
    """Volatility, public trades and funding of one market.

    :param tick: quote per base
    """

    def __init__(self, connector: ConnectorBase, trading_pair: str, tick: Decimal) -> None:
        self._connector = connector
        self._trading_pair = trading_pair
        self._tick = tick
        self.returns: MidReturns | None = None
        self._arrivals: Arrivals | None = None
        self._mid: Decimal | None = None
        self._book: OrderBook | None = None
        self._forwarder = SourceInfoEventForwarder(self._on_trade)

    def look(self, settings: ModelSettings, touch: Touch | None, now: float) -> ModelInputs:
        """Note the market as it is, and return what is known of it.

        :param touch: None while the book is not known
        :param now: seconds
        """
        self._mid = None if touch is None else touch.mid
        if self.returns is None or self.returns.window != settings.volatility_window:
            self.returns = MidReturns(settings.volatility_window)
        self.returns.observe(now, self._mid)
        if not settings.moves:
            return ModelInputs()
        if settings.needs_arrivals:
            self._listen()
        return ModelInputs(
            sigma=self.returns.sigma(),
            intensity=None if self._arrivals is None else self._arrivals.intensity(now),
            funding=observe.next_funding(self._connector, self._trading_pair, now),
        )

    def close(self) -> None:
        """Listen no more."""
        if self._book is not None:
            self._book.remove_listener(OrderBookEvent.TradeEvent, self._forwarder)
            self._book = None

    def _listen(self) -> None:
        if self._arrivals is None:
            self._arrivals = Arrivals(self._tick)
        try:
            book = self._connector.get_order_book(self._trading_pair)
        except (KeyError, ValueError):
            return
        if book is not self._book:
            # A market that is added again has a book of its own.
            self.close()
            book.add_listener(OrderBookEvent.TradeEvent, self._forwarder)
            self._book = book

    def _on_trade(self, _tag: int, _book: OrderBook, event: OrderBookTradeEvent) -> None:
        price = observe.positive(event.price)
        if self._arrivals is not None and self._mid is not None and price is not None:
            self._arrivals.observe(float(event.timestamp), observe.side_of(event.type), price, self._mid)
