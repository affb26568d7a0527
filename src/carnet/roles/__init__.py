"""Roles: what runs. Settings, wiring, command line, demonstration, and the processes of each operator.

The only room that chooses adapters, reads the environment, takes the time and starts processes.
May import: every room.
"""
