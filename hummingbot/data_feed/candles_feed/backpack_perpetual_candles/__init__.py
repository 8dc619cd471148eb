from .backpack_perpetual_candles import BackpackPerpetualCandles, BackpackSimulatorPerpetualCandles

__all__ = ["BackpackPerpetualCandles", "BackpackSimulatorPerpetualCandles"]
