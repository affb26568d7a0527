"""Safety: what a deposited file may not be, and what a page must not open of it. Pure; nothing of a file is run.

Bytes are judged and kept as they came, or refused: nothing here changes them. May import: documents, errors.
"""
