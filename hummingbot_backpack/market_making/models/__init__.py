"""Quote models behind one interface: how wide to quote, and how far to lean against the position.

Every model comes down to two numbers (`formulas.Terms`): the distance of the nearest quote from the model's own price,
and how far a unit of position moves that price. `shape.shape` turns settings and what is known into a width and an
offset; from there on tick, touch, limits and keep-if-good are the same for all of them.
"""
