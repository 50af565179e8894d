"""Variables are dotted names in double braces, and nothing else."""

import pytest

from flows.variables import begins_or_ends_with_one, is_fixed, names_in, problems, without


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hi {{ candidate.first_name }}", ("candidate.first_name",)),
        ("{{job.title}} and {{  job.title  }} and {{ company.name\n}}", ("job.title", "company.name")),
        ("{{ answers.Shoe_size2 }}", ("answers.Shoe_size2",)),
        ("no variable, { one brace }", ()),
        ("{{ job.title | upper }} {{ a() }} {{ a[0] }}", ()),
        ("{{ lost {{ job.title }}", ("job.title",)),
    ],
)
def test_names_are_found_once_in_their_order(text, names):
    assert names_in(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Hi {{ candidate.first_name }}!",
        "{{ candidate.fields.shoe_size }}",
        "100 %} of {it}",
        "a } b { c",
        "",
        "{ {x} }",
    ],
)
def test_plain_texts_and_known_names_are_fine(text):
    assert problems(text, is_fixed) == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ candidate.firstname }}", 'did you mean "candidate.first_name"?'),
        ("{{ candidate.fields.Größe }}", "is no variable"),
        ("{{ candidate.fields.Size }}", "only small letters, digits and _"),
        ("{{ weather.today }}", "known are candidate.first_name"),
        ("{{ name }}", 'no variable "name"'),
        ("{% if job %}", '"{% if job %}" is no variable'),
        ("{% endif", '"{%" is no variable'),
        ("{# note #}", '"{# note #}" is no variable'),
        ("room {#4", '"{#" is no variable'),
        ("{{ job.title|upper }}", '"{{ job.title|upper }}" is no variable'),
        ("{{ job.title() }}", "is no variable"),
        ("{{ job['title'] }}", "is no variable"),
        ("{{ job.title.0 }}", "is no variable"),
        ("{{ job..title }}", "is no variable"),
        ("{{ 1 + 1 }}", "is no variable"),
        ("{{}}", "is no variable"),
        ("{{{ job.title }}}", "is no variable"),
        ("{{ job.title", '"{{" stands alone'),
        ("job.title }}", '"}}" stands alone'),
        ("{{ job.title }", '"{{" stands alone'),
    ],
)
def test_everything_else_is_told(text, problem):
    found = problems(text, is_fixed)
    assert problem in found[0]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("candidate.name", "candidate.full_name"),
        ("candidate.mail", "candidate.email"),
        ("job.name", "job.title"),
        ("recruiter.name", "recruiter.full_name"),
        ("Candidate.Town", "candidate.city"),
    ],
)
def test_what_a_name_means_counts_more_than_how_it_is_spelt(name, meant):
    assert problems(f"{{{{ {name} }}}}", is_fixed)[0].endswith(f': did you mean "{meant}"?')


def test_each_problem_is_told_once():
    assert len(problems("{{ x.y }} {{ x.y }} {{ z.y }}", is_fixed)) == 2


def test_names_of_answers_are_suggested_where_they_are_given():
    assert 'did you mean "answers.licence"?' in problems("{{ answers.license }}", is_fixed, ["answers.licence"])[0]


def test_what_is_sent_in_any_case():
    assert without("Hi {{ candidate.first_name }}, {{ job.title | x }}") == "Hi , {{ job.title | x }}"
    assert without("Hi {{ candidate.first_name }}", "Ann") == "Hi Ann"


@pytest.mark.parametrize(
    ("text", "expected"),
    [(" {{ job.title }} it is", True), ("It is {{ job.title }}", True), ("As {{ job.title }}.", False), ("Hi", False)],
)
def test_a_variable_first_or_last_is_seen(text, expected):
    assert begins_or_ends_with_one(text) is expected


@pytest.mark.parametrize("part", ["{{", "}}", "{%", "{#", "{{ a.b }}", "{{ a ", "{{{", "%}{%"])
def test_long_texts_are_read_to_their_end(part):
    assert isinstance(problems(part * 30_000, is_fixed), tuple)
