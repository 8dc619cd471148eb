"""The exchange's clock as Hummingbot keeps it, without computing the same average at every signature."""

from hummingbot.connector.time_synchronizer import TimeSynchronizer


class ExchangeClock(TimeSynchronizer):
    """Seconds since the epoch at the exchange; the machine's own until the first sample."""

    def __init__(self) -> None:
        super().__init__()
        self._offset_ms: float | None = None

    @property
    def synchronised(self) -> bool:
        return self._offset_ms is not None

    @property
    def time_offset_ms(self) -> float:
        return super().time_offset_ms if self._offset_ms is None else self._offset_ms

    def add_time_offset_ms_sample(self, offset: float) -> None:
        super().add_time_offset_ms_sample(offset)
        self._offset_ms = float(super().time_offset_ms)

    def clear_time_offset_ms_samples(self) -> None:
        super().clear_time_offset_ms_samples()
        self._offset_ms = None
