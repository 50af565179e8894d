"""What goes out to one candidate: their thread, their consent, the outbox."""
