"""Several processes on one port: the parent that supervises them, and the assignment of each."""
