"""The demonstration: a real Hummingbot bot makes a market on a local Backpack, and its books are checked against the
exchange's."""
