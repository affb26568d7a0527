"""The health insurer's batches: histories of reimbursements, one live document in the record of each person."""
