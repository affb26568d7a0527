"""The patient's pages. Each file is one thing a patient does; each asks the record room, which decides and traces."""
