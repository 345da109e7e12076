"""Composition: settings, the program, serving, workers, embedded servers. Imported by nobody."""
