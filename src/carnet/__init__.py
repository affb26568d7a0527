"""Carnet: a shared medical record that a country can run.

The rooms, and who may import whom, are drawn in ARCHITECTURE.md.
"""

__version__ = "0.1.0"
