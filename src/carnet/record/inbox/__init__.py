"""The inbox: what feeds receive, in whatever form, until it is a document of a record, or is refused with a reason.

Every channel (HL7 v2, secure mail, reimbursements, folders) hands its messages to `take.py`.
"""
