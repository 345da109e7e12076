"""The rows of the table: what is measured, for whom, and the bar that ours has to pass."""

from bench.rows.live import LIVE
from bench.rows.reads import READS
from bench.rows.row import Bar, Form, Row

ROWS = [*LIVE, *READS]

__all__ = ["ROWS", "Bar", "Form", "Row"]
