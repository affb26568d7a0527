"""Feeds: HL7 v2 over MLLP, secure mail, reimbursements, folders. All of them end in `record/inbox/take.py`."""
