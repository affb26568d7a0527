"""The antivirus by ICAP."""
