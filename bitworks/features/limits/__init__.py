"""What one user, or one address, may take of an instance."""
