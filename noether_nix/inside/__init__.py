"""What runs inside the sandbox: the standard library only, nothing of ours but each other."""
