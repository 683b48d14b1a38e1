"""The schedule: items, repetition, participants, reminders, calendars (S-1 to S-6)."""
