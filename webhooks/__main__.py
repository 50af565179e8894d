"""`python -m webhooks` is the same as `callboard`."""

from webhooks.cli import main

main()
