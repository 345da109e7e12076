"""Comparisons of two trees, as `bench.against` writes them."""

from pathlib import Path

from bench.against.report import Comparison
from bench.rows.row import FULL, Form


def comparison(directory: Path, form: Form = FULL) -> Comparison:
    return Comparison("abc", "def", form, directory)
