"""What is known of models: their limits and vocabularies, and how many tokens a text has in them."""
