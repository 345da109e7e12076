"""The fault bench: breaks things under load, and judges what the devices saw. `make faults` runs it.

`cluster.py` has the servers that are broken, `load.py` is the process that writes and reads, `stage.py` puts
the two together for one fault, `redis.py`, `postgresql.py`, `instances.py` and `devices.py` are the faults,
`ledger.py` and `timing.py` judge, `bars.py` says what is too much, `report.py` and `plots.py` show it.
"""
