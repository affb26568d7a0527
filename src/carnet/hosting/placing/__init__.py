"""Placing: the facts that placement decides on, and room that is never promised twice.

`../placement.py` decides; `rooms.py` holds what this process may fill; `store.py` is the SQL; `count.py` counts.
"""
