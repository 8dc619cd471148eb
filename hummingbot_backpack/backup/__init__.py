"""A workspace as one encrypted file, back from it, and gone for good."""
