"""The antivirus: asked about every new document and every file inside it, before anything is sealed.

Two protocols, one question: clamd's INSTREAM and ICAP (RFC 3507). No answer is no deposit.
"""
