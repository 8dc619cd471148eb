"""Reports from exact records: what was made, what it was made of, and whether it is what the account says (RP01)."""
