"""Campaigns as flowcharts."""

from pathlib import Path

from flows.drawing import draw
from flows.reading import parse_text, read_flow

CAMPAIGNS = Path(__file__).parent / "campaigns"


def drawn(document):
    flow, _ = read_flow(document)
    assert flow is not None
    return draw(flow).splitlines()


def asking(*rules, text="Licence?"):
    question = {"key": "licence", "type": "yes_no", "text": text}
    more = {"key": "more", "type": "content", "blocks": [{"text": "More"}]}
    return {
        "callboard": 1,
        "name": "N",
        "language": "en",
        "welcome": "Hello",
        "modules": [{"key": "basics", "type": "questions", "questions": [question]}, more],
        "rules": [{"after": "licence", **rule} for rule in rules],
        "conclusion": "Bye",
    }


def test_the_example_is_drawn():
    text = (CAMPAIGNS / "example.yaml").read_text(encoding="utf-8")
    lines = drawn(parse_text(text))
    assert lines == (CAMPAIGNS / "example.mmd").read_text(encoding="utf-8").splitlines()


def test_rules_are_labelled_arrows():
    lines = drawn(asking({"if": {"is": "no"}, "go_to": "conclusion", "else": "more"}))
    assert '  m0q0 -->|"is no"| done' in lines
    assert '  m0q0 -->|"else"| m1q0' in lines
    assert "  m0q0 --> m1q0" not in lines


def test_what_follows_in_any_case_is_drawn_where_it_can_happen():
    assert "  m0q0 --> m1q0" in drawn(asking({"if": {"is": "no"}, "go_to": "conclusion"}))


def test_what_a_rule_notes_is_dotted():
    rule = {"if": {"is_not": True}, "tag": "walks", "score": -2, "propose_stage": "Talk"}
    assert '  m0q0 -.->|"is not yes"| m0q0n0>"tag walks<br/>score -2<br/>propose Talk"]' in drawn(asking(rule))


def test_nothing_in_a_text_means_anything_to_the_drawing():
    lines = drawn(asking(text='"]; <b>x</b> `#quot;` --> end {{ job.title }}\nnew'))
    assert lines[3] == (
        '    m0q0["#34;#93;#59; #60;b#62;x#60;/b#62; #96;#35;quot#59;#96; --#62; end '
        '#123;#123; job.title #125;#125; new<br/>licence: yes_no"]'
    )


def test_a_blast_is_one_message():
    assert drawn({"callboard": 1, "name": "N", "language": "en", "welcome": "Sorry"}) == [
        "flowchart TD",
        '  welcome(["Sorry"])',
    ]
