"""Makes bodies from the schemas that the API publishes, and holds answers against them."""

from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

Strategy = st.SearchStrategy[Any]
FORMATS: dict[str, Strategy] = {
    "date-time": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
}
ANYTHING: Strategy = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
WORDS: dict[str, list[Any]] = {
    "language": ["en", "pt-BR", "ar"],
    "time_zone": ["Europe/Lisbon", "UTC"],
    "default_country": ["US", "pt"],
    "phone": ["+14155550101", "+1 (415) 555-0102", "4155550103"],
    "email": ["ann@example.org"],
}
"""Fields whose limits no schema can say: a stranger would read them in the refusal."""


class Document:
    """The description, with its references at hand."""

    def __init__(self, document: Any, known: dict[str, list[Any]]) -> None:
        self.document = document
        self._known = WORDS | known

    def bodies(self, schema: Any, name: str = "") -> Strategy:
        """Return a strategy for values of *schema*; known ids and words come often where *name* says so."""
        made = self._made(self._resolved(schema))
        return st.one_of(st.sampled_from(self._known[name]), made) if name in self._known else made

    def validate(self, schema: Any, value: Any) -> None:
        """Raise where *value* is not of *schema*."""
        Draft202012Validator({**schema, "components": self.document["components"]}).validate(value)

    def _resolved(self, schema: Any) -> Any:
        while "$ref" in schema:
            found = self.document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def _made(self, schema: Any) -> Strategy:
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "const" in schema:
            return st.just(schema["const"])
        if "anyOf" in schema:
            return st.one_of([self.bodies(each) for each in schema["anyOf"]])
        match schema.get("type"):
            case "object":
                return self._object(schema)
            case "array":
                most = min(schema.get("maxItems", 4), 4)
                return st.lists(self.bodies(schema["items"]), min_size=schema.get("minItems", 0), max_size=most)
            case "string":
                return self._text(schema)
            case "boolean":
                return st.booleans()
            case "integer":
                return st.integers(schema.get("minimum", -1000), schema.get("maximum", 1000))
            case "null":
                return st.none()
        return ANYTHING

    def _object(self, schema: Any) -> Strategy:
        properties = schema.get("properties")
        if properties is None:
            return st.dictionaries(st.text(min_size=1, max_size=8), ANYTHING, max_size=4)
        made = {name: self.bodies(each, name) for name, each in properties.items()}
        needed = schema.get("required", [])
        optional = {name: each for name, each in made.items() if name not in needed}
        return st.fixed_dictionaries({name: made[name] for name in needed}, optional=optional)

    def _text(self, schema: Any) -> Strategy:
        if schema.get("format") in FORMATS:
            return FORMATS[schema["format"]]
        return st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 30), 30))
