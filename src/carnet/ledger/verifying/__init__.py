"""Verifying books: whether what stands in the tables is what was entered, and if not, which entry is the first."""
