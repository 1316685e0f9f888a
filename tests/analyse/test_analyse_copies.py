"""One text in very many outlets is one event, and takes one place of the day."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from newsroom_items import NOW, a_day, report_item

from digest.analyse.copies import COMPARED, spoken_for, with_the_others
from digest.analyse.day import analyse_day
from digest.analyse.embed import UsemEmbedder
from digest.analyse.outlets import Outlets
from digest.model import Editorial


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_each_text_has_a_speaker_with_its_words(texts: list[str]) -> None:
    compared, speaker = spoken_for(texts)
    assert compared == sorted(set(compared))
    assert len(speaker) == len(texts)
    assert [texts[compared[row]] for row in speaker] == texts
    assert all(speaker[number] == row for row, number in enumerate(compared))
    for text in set(texts):
        among = [number for number in compared if texts[number] == text]
        assert len(among) == min(COMPARED, texts.count(text))
    groups = [[row for row, number in enumerate(compared) if texts[number] == t] for t in "abc"]
    whole = with_the_others(groups, speaker)
    assert whole == [[n for n, text in enumerate(texts) if text == t] for t in "abc"]


def test_a_report_in_two_hundred_outlets_is_one_story_with_all_of_them() -> None:
    text = (
        "A bomb killed 12 people in a market in Kabul on Monday, police said. The blast tore "
        "through stalls of fruit sellers shortly after noon, a spokesman of the ministry said. "
        "Hospitals treated 40 wounded. No group claimed responsibility for the attack."
    )
    same = [
        report_item(f"bomb-{n}", "Bomb kills 12 in Kabul market", text, f"Outlet {n}")
        for n in range(200)
    ]
    found = analyse_day(
        [*a_day(), *same],
        outlets=Outlets.of(()),
        embedder=UsemEmbedder(),
        editorial=Editorial(),
        now=NOW,
    )
    (story,) = (one for one in found.stories if one.reports[0].item.id.startswith("bomb"))
    assert {report.item.id for report in story.reports} >= {item.id for item in same}
    assert len({found.story_of[item.id] for item in same}) == 1
