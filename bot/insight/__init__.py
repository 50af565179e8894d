"""Questions about what is there, or what would be. Nothing here leaves a trace."""
