"""Our sentences in Chinese, found by the English ones; imported only when Chinese is spoken."""

from hummingbot_backpack.chinese.catalogue import in_chinese

__all__ = ["in_chinese"]
