"""How an application moves, and what that starts: enrolments, turns, deliveries, endings."""
