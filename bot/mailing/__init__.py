"""Mails that Callboard itself sends to users: written as rows, sent by a sweep."""
