"""Documents: what describes a document, and what makes a submission valid.

DocumentEntry, SubmissionSet, Folder, associations, code lists, CDA header reading, safe rendering.
May import: people, errors. Pure: no SQL, no HTTP, no clock.
"""
