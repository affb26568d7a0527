"""Versions of the platform key: which are known, in force and retired, who has which open, and rows wrapped again."""
