"""``hummingbot-backpack setup``: a configuration by question and answer, in English and Chinese (card ST01)."""
