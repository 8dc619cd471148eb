"""The REST face of the local Backpack: one table of routes, one dispatcher."""
