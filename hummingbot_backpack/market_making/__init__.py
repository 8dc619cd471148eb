"""Pure market-making decisions: plain values in, typed decisions with a reason out.

Nothing here reads a clock, does I/O or imports Hummingbot. Money is `Decimal`; a value that is not known is `None`
and stops whatever needed it. The only exceptions raised are those of `errors`.
"""
