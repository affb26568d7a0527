"""The pages of an officer of the authority: what waits for them, and the review of emergency accesses."""
