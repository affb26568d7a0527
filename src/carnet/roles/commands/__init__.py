"""The commands of `carnet`, a file for each subject. Thin: each reads its settings, then calls the file that does it.

May import: every file of `roles`, inside the command that needs it, so that `carnet --help` is instant.
"""
