"""Never gives out a value that it did not verify; recording twice is recording once."""
