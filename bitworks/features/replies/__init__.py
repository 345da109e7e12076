"""Who answers: the producers of replies, and the workers that drive them through commands."""
