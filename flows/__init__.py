"""What is said: a stage campaign as plain values, and the rules that read, check and word it.

A `Flow` is one published version of a stage campaign: a welcome, modules, branching rules and a conclusion.
Nothing here knows a database, a clock or a network; `bot` runs what is described here.
"""
