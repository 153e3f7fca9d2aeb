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

from helpers.classroom.lesson import (
    FOLDED,
    QUESTION,
    minutes,
    notebooks,
    sections,
    title,
    units,
)

HERE = Path(__file__).parent
# reveal.js as a Python package ships it, so that nobody needs Node to make slides.
REVEAL = ("LICENSE", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js")
LONGEST = 20  # lines of code on a slide


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
    shown, times, slides = [*units(notebook)], iter(schedule(notebook)), []
    for place, (kind, content) in enumerate(shown):
        if kind == "code":
            slides[-1] += _code(content)
            continue
        text = re.sub(FOLDED, "", content, flags=re.S)
        if re.match("##? ", content):
            slides.append(_markdown(text) + _note(next(times)))
        else:
            slides[-1] += "<hr>\n" if re.match(r"### (?!1\.)\d+\. ", content) else ""
            slides[-1] += _markdown(text)
        for head, inside in re.findall(FOLDED, content, re.S):
            slides[-1] += _note(head, _markdown(inside))
        if re.search(QUESTION, text):
            answer = _answer(shown[place + 1 :])
            slides[-1] += (_note("Answer", answer) if answer else "") + "<hr>\n"
    return "\n".join(f"<section><section>\n{part}</section></section>" for part in slides)


def schedule(notebook):
    """Return, for each section, from which to which minute it takes, as the lesson counts them.

    The sections share the time that the lesson states.
    """
    found, (total, _), spent, lines = sections(notebook), minutes(notebook), 0.0, []
    scale = total / sum(section.needed for section in found)
    for section in found:
        begins, spent = spent, spent + section.needed * scale
        line = f"Minutes {begins:.0f} to {spent:.0f} of {total}."
        more = f" What is optional takes {section.optional:.0f} more."
        lines.append(line + more * (section.optional > 0))
    return lines


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
