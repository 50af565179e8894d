"""What comes in from candidates, and what it does."""
