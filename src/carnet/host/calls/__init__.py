"""Calls: what may be asked of a host. Each parses, believes the token, does it, counts it and signs what was done."""
