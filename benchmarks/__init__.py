"""Measurements, each bounded in time and on this machine only; ``python -m benchmarks`` runs them."""
