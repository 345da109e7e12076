"""Pure: ids, records, errors, fields, cursors, text. No I/O, no await, no clock, no environment."""
