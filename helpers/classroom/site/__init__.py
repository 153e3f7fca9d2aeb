"""The lessons as pages to read, from their stored outputs: `python -m helpers.classroom site`."""

import json
import re
import shutil
from pathlib import Path
from statistics import fmean

from helpers.classroom.copies import hand_out
from helpers.classroom.lesson import exercises, minutes, notebooks, prose, sections, title

HERE = Path(__file__).parent
CHAPTERS = ("glossary", "formulas", "times", "instructors")


def build(course, target, say=print):
    """Write the site of a course, a folder with `notebooks` and README.md, into a folder.

    What was in the folder is replaced. Needs the extra `site` of this package. Returns the exit
    status of Sphinx.
    """
    from sphinx.cmd.build import build_main

    work = target.parent / f".{target.name}-parts"
    shutil.rmtree(work, ignore_errors=True)
    source = work / "pages"
    source.mkdir(parents=True)
    hand_out(course / "notebooks", work / "extra" / "student", say=lambda line: None)
    lessons = {path.stem: json.loads(path.read_text("utf-8")) for path in notebooks(course)}
    for name, notebook in lessons.items():
        (source / f"{name}.ipynb").write_text(json.dumps(folded(notebook)), "utf-8")
    shutil.copy(course / "notebooks" / "glossary.md", source)
    pages = {"index": front(course, lessons), "formulas": formulas(lessons), "times": times()}
    pages["instructors"] = (HERE / "instructors.md").read_text("utf-8") + plan(lessons)
    for name, text in pages.items():
        (source / f"{name}.md").write_text(text, "utf-8")
    shutil.rmtree(target, ignore_errors=True)
    told = {
        "-c": HERE,
        "-d": work / "trees",
        "-D": f"html_extra_path={work / 'extra'}",
        "-b": "html",
    }
    options = [str(part) for pair in told.items() for part in pair]
    status = build_main([*options, "-q", "-W", "--keep-going", str(source), str(target)])
    shutil.rmtree(work)
    if not status:
        say(f"The site is in {target}; open {target / 'index.html'}.")
    return status


def folded(notebook):
    """Fold, on the page, what is folded in the notebook; and say which of it is a test."""
    for cell in notebook["cells"]:
        metadata = cell["metadata"]
        if cell["cell_type"] == "code" and metadata.get("jupyter", {}).get("source_hidden"):
            metadata["tags"] = [*{*metadata.get("tags", []), "hide-input"}]
            if "solution" not in metadata["tags"]:
                words = {"show": "Show how this is tested", "hide": "Hide how this is tested"}
                metadata["mystnb"] = {f"code_prompt_{word}": text for word, text in words.items()}
    return notebook


def front(course, lessons):
    """Return the front page: the README, and the order of the pages."""
    text = (course / "README.md").read_text("utf-8").replace("](notebooks/", "](")
    text = re.sub(r"\[([^]]+)\]\((?:helpers/[^)]*|LICENSE)\)", r"\1", text)
    parts = {"Lessons": lessons, "Beside them": CHAPTERS}
    trees = "".join(
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(names) + "\n```\n\n"
        for caption, names in parts.items()
    )
    return f"{text}\n{trees}"


def formulas(lessons):
    """Return the sheet of all formulas on a line of their own, each with where it is from."""
    lines = ["# Formulas", "", "Each line leads to the place in a lesson that derives it.", ""]
    for name, notebook in lessons.items():
        found = [
            f"[{heading}]({name}.ipynb#{_anchor(heading)})\n\n$$\n{formula.strip()}\n$$\n"
            for heading, text in prose(notebook)
            if not heading.startswith("Find the mistake")  # where some are wrong on purpose
            for formula in re.findall(r"\$\$(.+?)\$\$", text, re.S)
        ]
        if found:
            lines += [f"## {title(notebook)}", "", *found]
    return "\n".join(lines)


def _anchor(heading):
    """Return a heading's anchor, as GitHub and MyST make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def times():
    """Return the page of what the stored trainings took, and on what they ran."""
    from helpers.studies import STUDIES
    from helpers.study import by_variant

    said = (
        "How long a stored run took, in seconds: the mean of all seeds. Other work ran beside "
        "most of them; lesson 09 compares times that were taken in turns."
    )
    lines = ["# Times", "", said, ""]
    for name in STUDIES:
        rows = [
            f"| {variant} | {len(trials)} | {fmean(t['seconds'] for t in trials):,.0f} "
            f"| {'; '.join(sorted({t['hardware'] for t in trials}))} "
            f"| {'; '.join(sorted({t['backend'] for t in trials}))} |"
            for variant, trials in by_variant(name, required=False).items()
        ]
        head = "| variant | runs | seconds | hardware | backend |\n|---|---|---|---|---|"
        lines += [f"## {name}", "", head, *rows, ""] if rows else []
    return "\n".join(lines)


def plan(lessons):
    """Return the table of minutes and exercises, and the minutes of each section."""
    rows, lines = [], []
    for name, notebook in lessons.items():
        link, (needed, optional) = f"[{title(notebook)}]({name}.ipynb)", minutes(notebook)
        rows.append(f"| {link} | {needed} | {optional or ''} | {exercises(notebook)} |")
        each = "; ".join(f"{s.heading}: {s.needed + s.optional:.0f}" for s in sections(notebook))
        lines.append(f"- {link}. {each}")
    head = "| lesson | minutes | optional | exercises |\n|---|---|---|---|"
    return "\n".join(["", head, *rows, "", "## The minutes of each section", "", *lines, ""])
