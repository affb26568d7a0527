"""Forecasts: what they suppose, as it was written down, version by version.
"""
