"""The key store's side of a reconcile: how far the portal had come, and which records have a key."""
