"""What the bot's logs show, and how old ones are kept (card LO01)."""
