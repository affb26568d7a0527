"""History: what was published of the cost of the first programme and of the next, each claim with its source.
"""
