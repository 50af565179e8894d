"""Outside services other than messaging: each a protocol, and what really does it."""
