"""What the database itself enforces."""
