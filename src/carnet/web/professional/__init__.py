"""The professional's pages. A patient is named in addresses by a handle of the session, never by an INS."""
