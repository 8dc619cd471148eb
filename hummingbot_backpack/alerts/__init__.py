"""Alerts: what is wrong, said once, and once more when it is over (card MO02)."""
