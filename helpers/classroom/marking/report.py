"""What a lecturer gets: results.csv, class.html, and a page a student.

Every text is escaped, whoever wrote it; the pages run no script and load nothing.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from html import escape

from helpers.classroom import copies

COLUMNS = ("submission", "exercise", "verdict", "mistake", "says", "problem", "seconds")
SIGNS = {"right": "✓", "wrong": "✗", "not attempted": "–", "stopped": "■", "unreadable": "?"}
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1c1c1c; background: #fff; }}
table {{ border-collapse: collapse; }}
td, th {{ border: 1px solid #999; padding: .2rem .6rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }}
pre, blockquote {{ white-space: pre-wrap; overflow-wrap: anywhere; background: #f2f2f2;
  margin: .5rem 0; padding: .5rem .8rem; }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def write(lesson, results, target, seed):
    """Write the table and the pages of a class into a folder."""
    copies.write(target / "results.csv", table(results))
    (target / "students").mkdir(exist_ok=True)
    for result in results:
        copies.write(target / "students" / page_name(result["name"]), student_page(lesson, result))
    copies.write(target / "class.html", class_page(lesson, results, seed))


def table(results):
    """Return the CSV: a row for each student and exercise."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for result in results:
        for name, told in result["exercises"].items():
            words = (told["verdict"], told["mistake"], told["says"], result["problem"])
            rows.writerow([*map(_cell, (result["name"], name, *words)), result["seconds"]])
    return text.getvalue()


def _cell(text):
    """Return a text as one line that is no formula to a spreadsheet, nor more to a terminal."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def page_name(name):
    """Return the name of a student's page: plain, and another one for each submission."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name.removesuffix(".ipynb")).strip("_")
    return f"{plain[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}.html"


def student_page(lesson, result):
    """Return a student's page: what was asked, what came, and what is said of it."""
    told = result["exercises"]
    right = sum(it["verdict"] == "right" for it in told.values())
    parts = [f"<p>{escape(lesson.name)}: {right} of {len(told)} right.</p>"]
    if result["problem"]:
        parts.append(f"<p>It could not be read: {escape(result['problem'])}.</p>")
    for name, asked in lesson.exercises.items():
        it = told[name]
        parts.append(f"<h2>{escape(name)}: {_sign(it['verdict'])}</h2>")
        parts.append(f"<h3>Asked</h3><blockquote>{escape(_plain(asked))}</blockquote>")
        for title, tag, text in (
            ("What came", "pre", it["came"]),
            ("What it prints", "pre", it["printed"]),
            ("What is said of it", "p", it["says"]),
        ):
            parts.append(f"<h3>{title}</h3><{tag}>{escape(text)}</{tag}>" if text else "")
    parts += _listed("Cells that do not run", map(escape, result["notes"]))
    return PAGE.format(title=escape(result["name"]), body="\n".join(filter(None, parts)))


def class_page(lesson, results, seed):
    """Return the page of a class: how each exercise went, which mistakes are frequent, and who."""
    names = list(lesson.exercises)
    parts = [
        f"<p>{len(results)} submissions, judged with the drawn cases of seed {seed}: "
        f"<code>check.NAME.case(0, seed={seed})</code> is one. “Stopped” is what had to be ended: "
        "no answer in time, too much memory, or no process left.</p>",
        "<h2>What to repeat on Monday</h2>",
    ]
    for name in names:
        told = [result["exercises"][name] for result in results]
        verdicts = Counter(it["verdict"] for it in told)
        counts = ", ".join(f"{verdicts[word]} {word}" for word in SIGNS if verdicts[word])
        parts.append(f"<h3>{escape(name)}: {counts}</h3>")
        mistakes = Counter(
            it["mistake"] or "a case differs, and no usual mistake explains it"
            for it in told
            if it["verdict"] in ("wrong", "stopped")
        )
        parts += _listed("", (f"{n} × {escape(text)}" for text, n in mistakes.most_common(30)))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    parts.append(f"<h2>Students</h2><table><tr><th>submission</th>{head}<th>notes</th></tr>")
    parts += [_row(result, names) for result in results]
    parts.append("</table>")
    return PAGE.format(title=f"Marking: {escape(lesson.name)}", body="\n".join(parts))


def _row(result, names):
    link = f'<a href="students/{page_name(result["name"])}">{escape(result["name"])}</a>'
    cells = "".join(f"<td>{_sign(result['exercises'][name]['verdict'])}</td>" for name in names)
    notes = escape("; ".join([result["problem"], *result["notes"]]).strip("; ")[:300])
    return f"<tr><td>{link}</td>{cells}<td>{notes}</td></tr>"


def _sign(verdict):
    return f"{SIGNS[verdict]} {verdict}"


def _listed(title, items):
    items = "".join(f"<li>{item}</li>" for item in items)
    return [f"<h2>{title}</h2>" * bool(title) + f"<ul>{items}</ul>"] if items else []


def _plain(markdown):
    """Return a lesson's text without what marks its headings and words of code."""
    return re.sub(r"^#+ |`", "", markdown, flags=re.M)
