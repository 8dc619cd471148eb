"""Paper trading: a market that follows the real one, and that our accounts trade against without moving it."""
