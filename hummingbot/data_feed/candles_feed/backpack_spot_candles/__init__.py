from .backpack_spot_candles import BackpackSimulatorSpotCandles, BackpackSpotCandles

__all__ = ["BackpackSimulatorSpotCandles", "BackpackSpotCandles"]
