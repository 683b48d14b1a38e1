"""The house's rules, held by tests instead of by memory."""
