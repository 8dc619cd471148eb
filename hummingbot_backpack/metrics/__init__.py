"""Prometheus metrics of a running bot, made from the state that it publishes (card MO01)."""
