"""What touches Hummingbot: the shared controller base, the executor that keeps a ladder, the script base, the records.

Controllers and scripts reach the bases through their module (`trading.controller.Base`), never by importing the class:
Hummingbot's loader takes the first class in a module that fits.
"""

from hummingbot_backpack.trading import configs, controller, controller_config, hedge, perpetual, script, session, spot

__all__ = ["configs", "controller", "controller_config", "hedge", "perpetual", "script", "session", "spot"]
