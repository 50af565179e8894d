"""Reading numbers and ratings as people write them."""

from flows.understanding.number_reading import read_number
from flows.understanding.ratings import read_rating

__all__ = ["read_number", "read_rating"]
