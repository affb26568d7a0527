"""FEC: the statutory file of accounting entries (article A47 A-1 of the livre des procédures fiscales), in and out.

A file is looked through whole before anything of it is entered; every fault is told with its line and column.
"""
