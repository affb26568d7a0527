"""Oversight: what hosts say, kept; what they hold, asked; what they count, compared. One row of figures a host and day.

May import: hosting, journal, errors.
"""
