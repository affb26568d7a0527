"""Presenters: what the record room answered, as the words, dates and order of a page.

They decide nothing and look nothing up; a template prints what they give.
May import: people, documents, rights, the types of record, the words and days of this room.
"""
