"""Steering: who feeds records and how well, who fell silent, how full records are.

What is shown is of the platform or of organisations, never of one record. A worker counts; decisions here are pure, and
only `store.py` asks the database. May import: record and every room below it. May not: doors, settings.
"""
