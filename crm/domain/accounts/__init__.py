"""A person's account: signing in, passwords, the second factor, sessions, limits on guessing (L-1 to L-7, O-1)."""
