"""Two trees of ours, measured in turn: what a change costs. `python -m bench --against COMMIT`."""
