"""Adoption: how many records there are, who reads them, what they hold and why so little, each day, against the plan.

A worker counts all records once a day, some at a time; decisions here are pure, and only `store.py` asks the database.
"""
