"""Who wants to know at once that something has changed; Hummingbot's own events cover orders and fills alone."""

from collections.abc import Callable

Observer = Callable[[], None]


class ChangeObservers:
    """Tells observers of a pair when its book, mark, position or balances have changed. They are called in the turn of
    the event loop in which it happened, and may do no more than take note."""

    def __init__(self) -> None:
        self._observers: dict[str, list[Observer]] = {}

    def add(self, trading_pair: str, observer: Observer) -> None:
        self._observers.setdefault(trading_pair, []).append(observer)

    def remove(self, trading_pair: str, observer: Observer) -> None:
        """Nothing if it is not there."""
        if observer in self._observers.get(trading_pair, []):
            self._observers[trading_pair].remove(observer)

    def tell(self, trading_pair: str) -> None:
        for observer in self._observers.get(trading_pair, ()):
            observer()

    def tell_all(self) -> None:
        for trading_pair in self._observers:
            self.tell(trading_pair)
