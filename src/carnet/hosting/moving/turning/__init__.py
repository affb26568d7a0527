"""Turning: what becomes of moves whose target may not be given the record any more.

`target.py` decides and does; `store.py` is the SQL, and tells the patients whose wish it was.
"""
