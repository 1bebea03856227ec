"""The only room that starts processes; a child and its whole group are gone when it returns."""
