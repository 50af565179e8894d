"""The measure of the webhook: a bare Flask route, served exactly as `callboard serve` serves Callboard."""

from flask import Flask

from bot.settings import load_settings
from webhooks.serve import serve

app = Flask("bare")


@app.get("/hello")
def hello() -> str:
    return "hello"


if __name__ == "__main__":
    serve(load_settings(), application="benchmarks.support.bare_flask:app")
