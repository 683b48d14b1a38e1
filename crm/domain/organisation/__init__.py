"""Companies, departments, people, roles and grants; a firm's beginning (A-1 to A-7, L-3)."""
