"""Invoices of hosts: read, checked line by line against the meter, explained by a named person, entered or refused."""
