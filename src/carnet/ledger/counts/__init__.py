"""Counts: what costs are divided by, counted by the platform each day or published by somebody, with the source.
"""
