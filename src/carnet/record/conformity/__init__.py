"""Conformity: documents held to the national rules after their deposit, and what senders and readers are told of it.

A row of `document_check` is written with the deposit; the worker reads the document, asks a process apart, and keeps
the verdict sealed with the record's key. The deposit never waits for it, and nothing is refused because of it.
"""
