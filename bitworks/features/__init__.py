"""What can be asked for: a folder for each capability, with its records, inputs, rules, store and SQL."""
