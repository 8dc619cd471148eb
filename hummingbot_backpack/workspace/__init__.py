"""The folder that a bot lives in: made by ``init``, entered by ``hbot`` and ``client``.

Nothing of Hummingbot is imported before a workspace is entered: Hummingbot computes its home from the file that
``import hummingbot`` finds, so the workspace must stand first on the path by then.
"""
