"""Market flow: a price process, other makers, takers. Each is a type named after what it assumes."""
