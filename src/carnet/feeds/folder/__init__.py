"""A watched folder: for software that can write a file and nothing else."""
