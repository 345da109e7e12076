"""Several processes on one port: the parent that keeps them, and what each of them is told."""
