"""Reading a lesson, a notebook as a dict: its parts, and the minutes that they take."""

import re
from dataclasses import dataclass

EXERCISE = r"### \d+\. "
FOLDED = r"<details><summary>(.*?)</summary>(.*?)</details>\s*"
# In bold: "Predict", or a question.
QUESTION = r"\*\*(?:Predict[^*]*|[^*\s](?:[^*\n]|\n(?!\n))*\?)\*\*"


@dataclass
class Section:
    """What stands under a heading, and the minutes it takes a second-year student."""

    heading: str
    needed: float = 0.0
    optional: float = 0.0  # what is called optional comes on top


def notebooks(course):
    """Return the paths of a course's lessons, first to last."""
    return sorted((course / "notebooks").glob("*.ipynb"))


def parts(text):
    """Return a Markdown text in parts, each from one heading to the next."""
    return [part for part in re.split(r"^(?=#{1,3} )", text, flags=re.M) if part.strip()]


def prose(notebook):
    """Yield (nearest heading, text) for the prose of a notebook, a heading's part at a time."""
    heading = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] != "markdown":
            continue
        for part in parts("".join(cell["source"])):
            found = re.match(r"#{1,3} (.+)", part)
            heading = found[1] if found else heading
            yield heading, part


def title(notebook):
    """Return a notebook's first heading."""
    return next(heading for heading, _ in prose(notebook) if heading)


def exercises(notebook):
    """Return how many exercises a notebook has."""
    return sum(bool(re.match(EXERCISE, text)) for _, text in prose(notebook))


def minutes(notebook):
    """Return the minutes that a notebook says it takes, and those it says are optional."""
    said = r"\*\*Time\*\* (\d+) minutes(?:, and (\d+) more for what is optional)?"
    found = (re.search(said, text) for _, text in prose(notebook))
    return next((int(match[1]), int(match[2] or 0)) for match in found if match)


def units(notebook):
    """Yield ("prose", text from one heading to the next) and ("code", cell), if a class sees it.

    Left out are solutions, folded tests and checks.
    """
    for cell in notebook["cells"]:
        source, metadata = "".join(cell["source"]), cell["metadata"]
        if "solution" in metadata.get("tags", []):
            continue
        if cell["cell_type"] == "markdown":
            yield from (("prose", part) for part in parts(source))
        elif not (metadata.get("jupyter", {}).get("source_hidden") or source.startswith("check.")):
            yield "code", cell


def sections(notebook):
    """Return the sections of a lesson, by their headings of the first and second level.

    150 words take a minute, as 15 lines of code do, a question two, and an exercise six.
    """
    found, optional = [], []  # of headings, the outer one first
    for kind, content in units(notebook):
        if kind == "code":
            cost = len("".join(content["source"]).splitlines()) / 15
        else:
            text = re.sub(FOLDED, "", content, flags=re.S)
            questions, tasks = len(re.findall(QUESTION, text)), bool(re.match(EXERCISE, text))
            cost = len(text.split()) / 150 + 2 * questions + 6 * tasks
            if heading := re.match(r"(#{1,3}) (.+)", text):
                found += [Section(heading[2])] if len(heading[1]) < 3 else []
                optional = [*optional[: len(heading[1]) - 1], "optional" in heading[2].lower()]
        found[-1].optional += cost * any(optional)
        found[-1].needed += cost * (not any(optional))
    return found
