"""PostgreSQL and files: the only floor that speaks SQL's driver."""
