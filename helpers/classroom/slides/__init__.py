"""The lessons as slides, from their stored outputs: `python -m helpers.classroom slides`.

Here a lesson becomes a row of sections with the speaker's notes in them; `deck.js` spreads each
over as many slides as its blocks need, because only the browser knows how high they are.
"""

import html
import json
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from helpers.classroom.site import minutes, notebooks, parts, title

HERE = Path(__file__).parent
# reveal.js as a Python package ships it, so that nobody needs Node to make slides.
REVEAL = ("LICENSE", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js")
EXERCISE = r"### \d+\. "
FOLDED = r"<details><summary>(.*?)</summary>(.*?)</details>\s*"
LONGEST = 20  # lines of code on a slide
# In bold: "Predict", or a question.
QUESTION = r"\*\*(?:Predict[^*]*|[^*\s](?:[^*\n]|\n(?!\n))*\?)\*\*"


def build(course, target, say=print):
    """Write a deck for each lesson of a course, a folder with `notebooks`, into a folder.

    Needs the extra `site` of this package, which brings reveal.js.
    """
    source = files("sphinx_revealjs") / "_static" / "revealjs"
    target.mkdir(parents=True, exist_ok=True)
    for name in REVEAL:
        (target / Path(name).name).write_bytes((source / name).read_bytes())
    colours = HtmlFormatter(style="vs").get_style_defs(".code")
    (target / "deck.css").write_text((HERE / "deck.css").read_text("utf-8") + colours, "utf-8")
    (target / "deck.js").write_text((HERE / "deck.js").read_text("utf-8"), "utf-8")
    rows = []
    for path in notebooks(course):
        lesson = json.loads(path.read_text("utf-8"))
        name = html.escape(title(lesson))
        _write(target / f"{path.stem}.html", "deck", title=name, slides=deck(lesson))
        rows.append(f'<li><a href="{path.stem}.html">{name}</a></li>')
    _write(target / "index.html", "index", rows="\n".join(rows))
    say(f"The slides are in {target}; open {target / 'index.html'}.")


def _write(path, template, **parts):
    page = Template((HERE / f"{template}.html").read_text("utf-8")).substitute(parts)
    path.write_text(page, "utf-8")


def deck(notebook):
    """Return the sections of a lesson as HTML, with notes for whoever speaks.

    Left out are solutions, folded tests, checks, and cells that only import; what unfolds in the
    lesson, such as a hint, is in the notes.
    """
    units, times = list(_units(notebook)), iter(schedule(notebook))
    sections = []
    for place, (kind, content) in enumerate(units):
        if kind == "code":
            sections[-1] += _code(content)
            continue
        shown = re.sub(FOLDED, "", content, flags=re.S)
        if re.match("##? ", content):
            sections.append(_markdown(shown) + _note(next(times)))
        else:
            sections[-1] += "<hr>\n" if re.match(r"### (?!1\.)\d+\. ", content) else ""
            sections[-1] += _markdown(shown)
        for head, text in re.findall(FOLDED, content, re.S):
            sections[-1] += _note(head, _markdown(text))
        if re.search(QUESTION, shown):
            answer = _answer(units[place + 1 :])
            sections[-1] += (_note("Answer", answer) if answer else "") + "<hr>\n"
    return "\n".join(f"<section><section>\n{part}</section></section>" for part in sections)


def schedule(notebook):
    """Return, for each section, from which to which minute it takes, as the lesson counts them.

    Sections share the time that the lesson states, by their words, code, questions and exercises.
    """
    costs = []
    for kind, content in _units(notebook):
        if kind == "code":
            costs[-1] += len("".join(content["source"]).splitlines()) / 15
            continue
        text = re.sub(FOLDED, "", content, flags=re.S)
        starts = re.match("##? ", text)
        costs += [0.0] if starts else []
        tasks = 6 * bool(re.match(EXERCISE, text)) + 2 * len(re.findall(QUESTION, text))
        costs[-1] += len(text.split()) / 150 + tasks
    total, spent, lines = minutes(notebook), 0.0, []
    for cost in costs:
        begins, spent = spent, spent + cost * total / sum(costs)
        lines.append(f"Minutes {begins:.0f} to {spent:.0f} of {total}.")
    return lines


def _units(notebook):
    """Yield ("prose", text from one heading to the next) and ("code", cell), if not left out."""
    for cell in notebook["cells"]:
        source, metadata = "".join(cell["source"]), cell["metadata"]
        if "solution" in metadata.get("tags", []):
            continue
        if cell["cell_type"] == "markdown":
            yield from (("prose", part) for part in parts(source))
        elif not (metadata.get("jupyter", {}).get("source_hidden") or source.startswith("check.")):
            yield "code", cell


def _answer(units):
    """Return what comes behind a question, up to the end of the next prose under this heading."""
    found = []
    for kind, content in units:
        if kind == "code":
            found += [f"<pre>{html.escape(text)}</pre>" for text in map(_text, content["outputs"])]
        elif "\n" in content.strip() or not content.startswith("#"):
            found += [] if content.startswith("#") else [_markdown(content)]
            break
    return "\n".join(found)


def _text(output):
    return "".join(output.get("text") or output["data"]["text/plain"]).rstrip("\n")


def _code(cell):
    """Return a code cell and what it printed or drew; the end of a long one is in the notes."""
    lines = "".join(cell["source"]).splitlines()
    shown, note = "\n".join(lines), ""
    if not cell["outputs"] and re.match("import |from ", shown):
        shown, note = "", shown
    elif len(lines) > LONGEST:
        more = f"# … {len(lines) - LONGEST + 1} more lines: the notes have them all"
        shown, note = "\n".join([*lines[: LONGEST - 1], more]), "\n".join(lines)
    colours = HtmlFormatter(cssclass="code")
    blocks = [highlight(shown, PythonLexer(), colours).strip()] if shown else []
    blocks += [_note("The code", f"<pre>{html.escape(note)}</pre>")] if note else []
    return "\n".join([*blocks, *map(_output, cell["outputs"])]) + "\n"


def _output(output):
    page = "".join(output.get("data", {}).get("text/html", ""))
    if page:
        return f'<div class="shown">{page}</div>'
    return f'<pre class="printed">{html.escape(_text(output))}</pre>'


def _note(head, text=""):
    return f'<aside class="notes"><p><b>{head}</b></p>{text}</aside>\n'


def _markdown(text):
    """Return Markdown as HTML, with formulas in MathML and links that lead to decks or nowhere."""
    return MarkdownWithMath(_Renderer(escape=False, exclude_anchor_links=True)).render(text)


class _Renderer(IPythonRenderer):
    def inline_math(self, body):
        return _formula(body, "inline")

    def block_math(self, body):
        return _formula(body, "block")

    def link(self, text, url, title=None):
        lesson = re.fullmatch(r"(\w+)\.ipynb(#.*)?", url)
        return f'<a href="{lesson[1]}.html">{text}</a>' if lesson else text


def _formula(body, display):
    from latex2mathml.converter import convert

    return convert(body, display=display)
