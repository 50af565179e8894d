"""Reading which of the options of a question a reply means.

Labels are the recruiter's own words, and replies name them by label, by number or ordinal, by letter, by some of
their words, or with a slip of the finger. Where a number may be that of a line and also stands in a label, and
where words fit several labels, the reply is doubtful.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from flows.understanding.answer_words import key_of
from flows.understanding.choice_lists import read_list
from flows.understanding.choice_matches import exact, lettered_or_none
from flows.understanding.choice_options import Option, Options, options_of
from flows.understanding.choice_places import at_place, lettered, named_number, with_unit
from flows.understanding.choice_sentences import Sentence, sentence_of
from flows.understanding.lexicon import language
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood
from flows.understanding.yes_no import read_yes_no
