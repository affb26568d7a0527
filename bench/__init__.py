"""Bench: how fast the platform is, measured from outside, through its public doors, with its real processes."""
