"""Bank statements: read from camt.053, kept once, their movements matched with invoices that an accountant confirms."""
