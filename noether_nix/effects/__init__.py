"""What a stage may do beyond computing; policies fail closed."""
