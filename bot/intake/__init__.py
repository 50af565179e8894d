"""Ways in: how a candidate and an application come to be."""
