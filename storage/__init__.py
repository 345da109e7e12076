"""PostgreSQL: the pool, transactions under a user's counter, migrations. It knows no feature."""
