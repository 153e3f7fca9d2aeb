"""The glossary: sorted; every link of it and to it leads somewhere; each word is in its lesson."""

import re

import pytest

from tests.test_notebooks import LESSONS, ROOT, prose, read

GLOSSARY = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^### (.+)\n\n((?:.+\n)+)", GLOSSARY, re.M))
PROSE = {path.name: "\n".join(prose(read(path))) for path in LESSONS}


def anchor(term):
    return term.replace(" ", "-")


def test_entries_are_in_order_in_lower_case_and_with_text():
    headings = re.findall(r"^### (.+)$", GLOSSARY, re.M)
    assert len(headings) > 40
    assert headings == sorted(set(headings)) == list(ENTRIES)
    assert all(heading == heading.lower() for heading in headings)


@pytest.mark.parametrize("term", ENTRIES)
def test_an_entry_names_the_lesson_that_has_the_word(term):
    lesson = re.search(r"Introduced\s+in \[\d\d\]\((.+?\.ipynb)\)\.\n$", ENTRIES[term])
    assert lesson, "an entry ends with the lesson that introduces it"
    words = [term, *term.split()]  # a lesson may say "gap" for "generalization gap"
    found = [re.search(re.sub("[- ]", "[- ]", w), PROSE[lesson[1]], re.I) for w in words]
    assert any(found), lesson[1]


@pytest.mark.parametrize("place", [None, *PROSE])
def test_every_link_into_the_glossary_leads_to_an_entry(place):
    """None is the glossary itself."""
    links = r"\]\(#(.+?)\)" if place is None else r"\]\((?:\./)?glossary\.md#(.+?)\)"
    targets = set(re.findall(links, GLOSSARY if place is None else PROSE[place]))
    assert targets <= set(map(anchor, ENTRIES)), targets - set(map(anchor, ENTRIES))


def test_links_of_the_glossary_to_lessons_work():
    targets = set(re.findall(r"\]\(([^#)]+)\)", GLOSSARY))
    assert targets <= set(PROSE), targets - set(PROSE)
