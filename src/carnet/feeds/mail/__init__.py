"""Secure mail: letters with an IHE_XDM.zip (ITI-32) come in by SMTP, and go out through the operator's own server."""
