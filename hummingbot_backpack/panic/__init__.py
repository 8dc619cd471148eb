"""``hummingbot-backpack panic``: stop the bot, cancel its orders, go flat, also when the bot does not help."""
