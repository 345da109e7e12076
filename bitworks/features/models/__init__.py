"""Models: their limits and vocabularies, and the number of tokens of a text in them."""
