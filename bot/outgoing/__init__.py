"""Telling other systems what happens, by signed posts as Standard Webhooks has them (docs/webhooks.md).

An event is a row of the transaction in which it happened, with one more for each endpoint that wants it; a sweep posts
them.
"""
