"""What every feature uses: settings, email, dictionaries, deletion, numbering rules, retention, start data."""
