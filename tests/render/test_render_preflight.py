from __future__ import annotations

from dataclasses import replace

import pytest
from sample import full_edition, templates

from digest.model import Rendered
from digest.render import render
from digest.render.preflight import problems


@pytest.fixture(scope="module")
def rendered() -> Rendered:
    return render(full_edition(), templates())


def test_the_program_s_own_templates_pass(rendered: Rendered) -> None:
    assert problems(rendered) == ()


def test_a_map_must_be_there_and_small(rendered: Rendered) -> None:
    assert any("'map.png'" in told for told in problems(replace(rendered, map=b"")))
    assert any(
        "map.png has 40,001" in told for told in problems(replace(rendered, map=b"x" * 40_001))
    )


@pytest.mark.parametrize(
    ("put_in", "told"),
    [
        ("<script>1</script>", "<script> has no place"),
        ('<img src="https://x.example/t.gif" alt="">', "<img> loads 'https://x.example/t.gif'"),
        ('<img src="cid:map">', "without alt text"),
        ('<p onclick="x()">', "the handler onclick"),
        ('<a href="javascript:x()">x</a>', "'javascript:x()' is no plain http"),
        ('<a href="#nowhere">x</a>', "#nowhere leads nowhere"),
        ('<link rel="stylesheet" href="https://x.example/x.css">', "<link> loads"),
        ('<p style="background:url(x)">', "a style of <p> loads"),
        ("<style>@import 'x.css';</style>", "the style sheet loads"),
        ("<h1>Again</h1>", "2 first-level headings"),
        ('<p id="lead">', "the id 'lead' stands twice"),
        ('<base href="//x.example">', "<base> has no place"),
    ],
)
def test_what_a_template_must_not_do(rendered: Rendered, put_in: str, told: str) -> None:
    page = rendered.html.replace(b"</main>", put_in.encode() + b"</main>")
    (problem,) = problems(replace(rendered, html=page))
    assert problem.startswith("index.html: ")
    assert told in problem


def test_a_letter_too_large_or_without_a_place_to_unsubscribe(rendered: Rendered) -> None:
    large = rendered.email.replace(b"</h1>", b"x" * 30_000 + b"</h1>")
    assert "90,000 are allowed" in problems(replace(rendered, email=large))[0]
    bare = rendered.email.replace(b"<!--personal:top-->", b"")
    assert "unsubscribe" in problems(replace(rendered, email=bare))[0]


def test_a_story_missing_in_one_output_is_named(rendered: Rendered) -> None:
    title = full_edition().briefs[6].headline.text
    text = rendered.text.replace(b"2.3 tonnes", b"some")
    (problem,) = problems(replace(rendered, text=text))
    assert problem.startswith("digest.txt lacks")
    assert title in problem


def test_a_line_that_a_mail_program_would_misread(rendered: Rendered) -> None:
    text = rendered.text + b"> x\nFrom y\nz \n"
    assert len(problems(replace(rendered, text=text))) == 3
