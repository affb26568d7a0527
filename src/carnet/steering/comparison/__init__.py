"""The fair comparison: two approaches, cohorts fixed in advance, and after a year an audited side by side.

`protocol.py` is what is promised before the first day, `facts.py` what is known after the last, `figures.py` what the
protocol says of the facts; `report.py`, `pdf.py` and `seal.py` write it down. Only `store.py` touches the database.
"""
