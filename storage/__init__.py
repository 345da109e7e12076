"""PostgreSQL: the pool, transactions under a user's counter, leased jobs, migrations. It imports no feature."""
