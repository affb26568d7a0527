"""Backups of the key store: what is in one, what proves it whole, and what is never brought back from it."""
