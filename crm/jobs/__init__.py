"""Work that outlives a request: long tasks that a person asked for, and scheduled jobs. No Flask."""
