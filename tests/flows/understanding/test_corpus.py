"""Replies as people write them, in seven languages, and what each is read as."""

import pytest

from flows.understanding.lexicon import LANGUAGES
from tests.flows.understanding.corpus_lines import lines, misread, tables


@pytest.mark.parametrize("table", tables())
def test_every_line_of_a_table_is_read_as_it_says(table: str) -> None:
    assert misread(table) == []


@pytest.mark.parametrize("table", tables())
def test_no_text_stands_twice_in_a_table(table: str) -> None:
    seen = [(line.locale, line.asked, line.text) for line in lines(table)]
    assert [text for text in set(seen) if seen.count(text) > 1] == []


def test_every_kind_of_reply_has_a_table_in_every_language() -> None:
    kinds = {table.partition(".")[0] for table in tables()}
    assert tables() == sorted(f"{kind}.{lang}" for kind in kinds for lang in LANGUAGES)
