"""A Hummingbot plug-in for making markets on Backpack Exchange.

Nothing is imported here: the import hook loads this package at every start of the interpreter.
"""

__version__ = "0.1.0"
