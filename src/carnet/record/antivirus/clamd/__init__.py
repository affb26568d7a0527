"""The antivirus by CLAMD."""
