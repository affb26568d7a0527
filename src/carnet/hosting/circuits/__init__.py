"""Circuits, seen from outside: which host each process takes for down at the moment, and since when.

A circuit lives in one process and decides nothing for others; what is here only tells people.
"""
