"""People: who is who. INS and traits, professionals (RPPS), organisations (FINESS), callers, tokens.

May import: errors. Only `store.py` and `tokens.py` touch the world.
"""
