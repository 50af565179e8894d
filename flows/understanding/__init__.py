"""What people write, read as values: yes and no, numbers, dates, choices, addresses, commands.

Every reader is a pure function of a text and a locale and gives a `Reading`.
It never guesses: what could be meant in two ways is `Doubtful`, and the engine asks.
"""
