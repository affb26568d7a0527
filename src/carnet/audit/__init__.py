"""Audit: what was done, by whom, and with what outcome. Nothing without a trace.

Events, their log as a Merkle tree with signed checkpoints, proofs, and the patient's access history.
May import: journal, rights, documents, people, errors. Audit rows are only ever appended.
"""
