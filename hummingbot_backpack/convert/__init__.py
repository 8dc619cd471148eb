"""The command line of a classic Backpack market-making bot, as a configuration of ours (card CV01)."""
