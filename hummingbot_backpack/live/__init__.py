"""A running bot on a terminal: `watch` follows one, `run` makes, starts and follows one (cards RU01 and SE03)."""
