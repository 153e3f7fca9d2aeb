"""Marking: what hostile submissions do to it, and that the others are marked all the same.

All submissions are marked in one call, with short limits. A hostile one says in an error what its
attack came to, so that a test can tell an attack that was stopped from one that never ran.
"""

import ast
import base64
import contextlib
import csv
import html
import json
import os
import re
import socket
from pathlib import Path

import numpy as np
import pytest

from helpers import check
from helpers.check.attempt import Abort, Outcome, Told
from helpers.classroom import __main__ as program
from helpers.classroom import marking
from helpers.classroom.copies import blank, read, student
from helpers.classroom.marking import box, report, worker
from helpers.classroom.marking.submission import Lesson, _array, code_cells, judged

ROOT = Path(__file__).parent.parent
PATH = ROOT / "notebooks" / "01_convolution_by_hand.ipynb"
LESSON = Lesson.of(PATH.stem, read(PATH))
SEED = 7
LIMITS = box.Limits(statement=4, cells=30, exercise=5, memory=512 << 20)
WHY_NOT = box.why_not()
needs_boxes = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

RIGHT = {
    "correlate1d": "def correlate1d(x, w):\n"
    "    return [sum(x[k : k + len(w)] * w) for k in range(len(x) - len(w) + 1)]",
    "one_value": "def one_value(x, w, b, row, column, strides):\n"
    "    i, j = row * strides, column * strides\n"
    "    return np.sum(x[i : i + w.shape[0], j : j + w.shape[1]] * w) + b",
    "true_convolution": "def true_convolution(image, kernel):\n"
    "    return convolve(image, np.flip(kernel))",
    "moving_kernel": "def moving_kernel(down, right):\n"
    "    kernel = np.zeros((5, 5))\n    kernel[2 - down, 2 - right] = 1\n    return kernel",
}
REST = list(RIGHT)[1:]


def notebook(*answers, start=student):
    """Return a copy of lesson 01, as JSON, in which answers stand where their exercises do."""
    content = start(read(PATH))
    for answer in answers:
        name = answer.partition("def ")[2].partition("(")[0]
        cells = [c for c in content["cells"] if f"def {name}(" in "".join(c["source"])]
        cells[0]["source"] = answer
    return json.dumps(content)


def attack(body, before=""):
    """Return a submission whose first answer is an attack; `tell` says how it went."""
    tell = "import ctypes, os, sys, time\n\ndef tell(*told):\n    raise RuntimeError(repr(told))\n"
    lines = "".join(f"\n    {line}" for line in body.strip().splitlines())
    answer = f"{tell}{before}\ndef correlate1d(x, w):{lines}"
    first = json.loads(notebook(*(RIGHT[name] for name in REST)))
    for cell in first["cells"]:
        if "def correlate1d(" in "".join(cell["source"]):
            cell["source"] = answer
    return json.dumps(first)


TRY = """
def attempts(*calls):
    came = []
    for call in calls:
        try:
            came.append(call())
        except BaseException as error:
            came.append(type(error).__name__)
    return came
"""
SYSCALL = "\nlibc = ctypes.CDLL(None, use_errno=True)\n"
KEY = SYSCALL + "call = lambda *a: libc.syscall(*a) if os.uname().machine == 'x86_64' else -1\n"
ENDLESS = "still running after 5 seconds"
ENDED = "Its process ended"
MUCH = "more than 0.5 GB of memory"

# Of each: the attack, the words that the verdict on it has to contain, and whether the three other
# answers of the same submission are right all the same.
HOSTILE = {
    "endless loop": (attack("while True: pass"), ENDLESS, True),
    "a loop that catches all": (
        attack("while True:\n    try:\n        time.sleep(9)\n    except BaseException: pass"),
        ENDLESS,
        True,
    ),
    "a loop in compiled code": (attack("import itertools\nsum(itertools.count())"), ENDLESS, True),
    "a loop in a cell": (
        attack("return hold", "\ndef loop():\n    while True: pass\nhold = loop()\n"),
        "NameError: name 'hold'",
        True,
    ),
    "fork bomb": (
        attack("while True:\n    try: os.fork()\n    except OSError: pass"),
        f"{ENDLESS}|{MUCH}",
        True,
    ),
    "few processes": (
        attack(
            "import subprocess\nn = 0\ntry:\n    while n < 200:\n"
            "        subprocess.Popen(['sleep', '9'])\n        n += 1\n"
            "except OSError as error: tell(n < 32, error)"
        ),
        "True, BlockingIOError",
        True,
    ),
    "few threads": (
        attack(
            "import threading\nn = 0\ntry:\n    while n < 200:\n        n += 1\n"
            "        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
            "except RuntimeError as error: tell(n < 33, error)"
        ),
        "True, RuntimeError",
        True,
    ),
    "limits raised": (
        attack(
            "import resource as r\n"
            "tell(*attempts(*(lambda k=k: r.setrlimit(k, (-1, -1)) for k in "
            "(r.RLIMIT_AS, r.RLIMIT_NPROC, r.RLIMIT_FSIZE, r.RLIMIT_CPU))))",
            TRY,
        ),
        r"\('ValueError', 'ValueError', 'ValueError', 'ValueError'\)",
        True,
    ),
    "10 GB at once": (attack("return np.empty(10 << 27)"), "MemoryError|Unable to allocate", True),
    "memory of many processes": (
        attack("for _ in range(3): os.fork()\nhold = b'x' * (100 << 20)\ntime.sleep(9)"),
        MUCH,
        True,
    ),
    "memory that nothing counts": (
        attack(
            "tell(attempts(lambda: os.memfd_create('a')), call(29, 0, 4096, 0o1600))", TRY + KEY
        ),
        r"\['PermissionError'\], -1",
        True,
    ),
    "a large file": (attack("open('/tmp/a', 'wb').write(bytes(5 << 20))"), "File too large", True),
    "a full disk": (
        attack("for n in range(99): open(f'/tmp/{n}', 'wb').write(bytes(3 << 20))"),
        "No space left",
        True,
    ),
    "files elsewhere": (
        attack(
            "places = ('/', '/dev', '/usr', '/box', '/box/helpers', '/etc', '/proc', sys.prefix)\n"
            "tell(*attempts(*(lambda p=p: open(p + '/a', 'w') for p in places)))",
            TRY,
        ),
        r"\('\w+Error'(, '\w+Error'){7}\)",
        True,
    ),
    "deleting all": (
        attack("import shutil\nshutil.rmtree('/box', ignore_errors=True)\nreturn [0]"),
        "returns",
        True,
    ),
    "network": (
        attack(
            "import socket\nto = [('127.0.0.1', PORT), ('1.1.1.1', 53)]\n"
            "tell(*attempts(*(lambda t=t: socket.create_connection(t, 1) for t in to)))",
            TRY,
        ),
        r"\('ConnectionRefusedError', 'OSError'\)",
        True,
    ),
    "reading the solutions": (
        attack(
            "import glob, helpers\nfrom pathlib import Path\n"
            "course = [p for p in Path(COURSE).glob('*') if p.name != '.venv']\n"
            "here = [Path(p) for p in (*helpers.__path__, *course, '/box')]\n"
            "tell([str(f) for p in here for f in p.rglob('*')\n"
            "      if 'lesson_0' in f.name or f.suffix == '.ipynb' or 'exercise' in f.name],\n"
            "     glob.glob('/box/helpers/check/*'))",
        ),
        r"\(\[\], \['/box/helpers/check/",
        True,
    ),
    "reading the checks": (
        attack(
            "from helpers import check\nimport importlib\n"
            "module = lambda n: importlib.import_module('helpers.' + n)\n"
            "tell(type(check.correlate1d).__name__, *attempts(lambda: module('check.lesson_01'),\n"
            "     lambda: module('check.exercise'), lambda: module('classroom')))",
            TRY,
        ),
        r"\('Nothing', 'ModuleNotFoundError', 'ModuleNotFoundError', 'ModuleNotFoundError'\)",
        True,
    ),
    "reading the environment": (
        attack(
            "import glob\nseen = []\nfor name in glob.glob('/proc/*/environ'):\n"
            "    seen += attempts(lambda: open(name).read())\n"
            "tell('SECRET_OF_MARKING' in str(seen) + str(os.environ), len(seen) > 1)",
            TRY,
        ),
        r"\(False, True\)",
        True,
    ),
    "reading other files": (
        attack(
            f"keys = {str(Path.home() / '.ssh')!r}\n"
            "places = (keys, '/etc/passwd', '/etc/shadow', '/home', '/var', '/sys')\n"
            "tell([p for p in places if os.path.exists(p)])"
        ),
        r"\(\[\],\)",
        True,
    ),
    "stack inspection": (
        attack(
            "import gc\nframe, seen = sys._getframe(), set()\n"
            "while frame:\n    seen |= {*frame.f_locals}\n    frame = frame.f_back\n"
            "kinds = {type(o).__name__ for o in gc.get_objects()}\n"
            "tell(seen & {'expected', 'right', 'wrong', 'seed'}, kinds & {'Exercise', 'Mistake'})"
        ),
        r"\(set\(\), set\(\)\)",
        True,
    ),
    "patched NumPy": (
        attack(
            "return 0",
            "\nimport numpy\nfor name in ('allclose', 'array_equal', 'abs'):\n"
            "    setattr(numpy, name, lambda *a, **k: True)\n",
        ),
        "returns|result",
        True,
    ),
    "patched checks": (
        attack(
            "import helpers.check.values as v, helpers.check.attempt as a\n"
            "v.same = lambda *_: True\na._call = lambda *_: a.Outcome(right=True)\nreturn 0"
        ),
        "wrong|stopped",
        False,
    ),
    "forged output": (
        attack(
            'for n in range(3, 30):\n    try: os.write(n, b\'{"right": true, "data": true}\\n\')\n'
            "    except OSError: pass\nreturn 0"
        ),
        "no value|no answer",
        True,
    ),
    "forged objects": (
        attack(
            'import base64\nline = b\'{"dtype": "|O", "shape": [1], "data": "gASVAAAAAAA="}\\n\'\n'
            "for n in range(3, 30):\n    try: os.write(n, line)\n    except OSError: pass\n"
            "time.sleep(9)"
        ),
        "no value",
        True,
    ),
    "an endless line": (
        attack(
            "while True:\n    for n in range(3, 30):\n"
            "        try: os.write(n, b'x' * 60000)\n        except OSError: pass"
        ),
        "more than 4 MB",
        True,
    ),
    "a flood of output": (
        attack("while True:\n    print('x' * 9999)\n    os.write(1, b'x' * 9999)"),
        ENDLESS,
        True,
    ),
    "pickles": (
        attack(
            "class Bomb:\n    def __reduce__(self): return os.system, ('touch /tmp/bomb',)\n"
            "return Bomb()"
        ),
        "which is no number",
        True,
    ),
    "an array of bombs": (
        attack(
            "class Bomb:\n    def __reduce__(self): return os.system, ('touch /tmp/bomb',)\n"
            "return np.array([Bomb()])"
        ),
        "which is no number",
        True,
    ),
    "a huge answer": (attack("return np.zeros((3000, 1000))"), "which is too large", True),
    "sys.exit": (attack("sys.exit('right')"), "SystemExit", True),
    "os._exit": (attack("os._exit(0)"), ENDED, True),
    "os._exit in a cell": (attack("return hold", "\nhold = os._exit(0)\n"), ENDED, False),
    "a crash": (attack("ctypes.string_at(0)"), ENDED, True),
    "killing the parent": (
        attack("for pid in (os.getppid(), 1, 0, -1):\n    attempts(lambda: os.kill(pid, 9))", TRY),
        ENDED,
        True,
    ),
    "killing every process": (
        attack(
            "for pid in range(1, 300):\n    if pid != os.getpid():\n"
            "        attempts(lambda: os.kill(pid, 9))\nreturn [0]",
            TRY,
        ),
        f"returns|{ENDED}",
        True,
    ),
    "a process that stays": (
        attack(
            "import subprocess\nfor _ in range(3):\n"
            "    subprocess.Popen(['sleep', '98765'], start_new_session=True)\ntell('left')"
        ),
        "left",
        True,
    ),
    "new namespaces": (
        attack(
            "tell(libc.unshare(0x10000000), libc.unshare(0x20000), ctypes.get_errno())", SYSCALL
        ),
        r"\(-1, -1, 1\)",
        True,
    ),
    "speaking to another": (
        attack(
            "import socket\nplaces = ('/tmp/said', '/dev/shm/said', '/said', '/box/said')\n"
            "server = socket.socket(socket.AF_UNIX)\nserver.bind('\\0said')\nserver.listen()\n"
            "wrote = attempts(*(lambda p=p: open(p, 'w').write('x') for p in places))\n"
            "key = call(248, b'user', b'said', b'x', 1, -3)\ntell(wrote[:2], key)",
            TRY + KEY,
        ),
        r"\(\[1, 1\], -1\)",
        True,
    ),
    "listening to another": (
        attack(
            "import socket\nplaces = ('/tmp/said', '/dev/shm/said', '/said', '/box/said')\n"
            "came = attempts(lambda: socket.socket(socket.AF_UNIX).connect('\\0said'))\n"
            "found = [p for p in places if os.path.exists(p)]\n"
            "tell(found, came, call(250, 0, -3, 0))",
            TRY + KEY,
        ),
        r"\(\[\], \['ConnectionRefusedError'\], -1\)",
        True,
    ),
    "a page of its own": (
        attack("raise RuntimeError('<script>alert(1)</script>')"),
        "<script>",
        True,
    ),
    "half characters": (attack("print('\\ud800' * 9)\nraise ValueError('\\udfff')"), "Value", True),
    "a deep error": (
        attack("class E(Exception):\n    def __str__(self): os._exit(0)\nraise E"),
        ENDED,
        True,
    ),
}
KINDS = {  # of what lies in the folder, and the words of the reason why it was not marked
    "a link": "symbolic link",
    "a folder": "a folder",
    "a pipe": "no file",
    "a huge file": "more than 10 MB",
    "no JSON": "no notebook",
    "nothing in it": "no notebook",
    "deep JSON": "no notebook",
    "a list": "no list of cells",
    "old format": "no list of cells",
}
ODD = [
    "a\nb 'c' \"d\" $(touch e).ipynb",
    "<img src=x onerror=alert(1)>.ipynb",
    "=HYPERLINK(1).ipynb",
    "-rf.ipynb",
    "x" * 249 + ".ipynb",
    "ÄÖ名.IPYNB",
]


def lay_out(folder, port):
    """Write the whole class into a folder."""
    for name, (content, _, _) in HOSTILE.items():
        content = content.replace("PORT", str(port)).replace("COURSE", repr(str(ROOT)))
        (folder / f"{name}.ipynb").write_text(content)
    for name in ODD:
        (folder / name).write_text(notebook(*RIGHT.values()))
    with open(os.fsencode(folder) + b"/\xff.ipynb", "w") as file:
        file.write(notebook(*RIGHT.values()))
    (folder / "a link.ipynb").symlink_to(folder / ODD[3])
    (folder / "a folder.ipynb").mkdir()
    os.mkfifo(folder / "a pipe.ipynb")
    with open(folder / "a huge file.ipynb", "wb") as file:
        file.truncate(1 << 40)
    (folder / "no JSON.ipynb").write_bytes(b"\x00\xff{")
    (folder / "nothing in it.ipynb").touch()
    (folder / "deep JSON.ipynb").write_text("[" * 99_999)
    (folder / "a list.ipynb").write_text("[1, 2]")
    (folder / "old format.ipynb").write_text('{"worksheets": []}')
    (folder / ".hidden.ipynb").touch()
    (folder / "notes.txt").touch()
    for name, content in HONEST.items():
        (folder / f"{name}.ipynb").write_text(content)


HONEST = {
    "all right": notebook(*RIGHT.values()),
    "in a learner's own copy": notebook(*RIGHT.values(), start=blank),
    "untouched": notebook(),
    "magics": notebook(
        "%matplotlib inline\n!ls\n" + RIGHT["correlate1d"], "%%time\n" + RIGHT["one_value"]
    ),
    "flipped": notebook("def correlate1d(x, w):\n    return np.convolve(x, w, 'valid')"),
    "other arguments": notebook("def correlate1d(signal):\n    return 0"),
    "prints": notebook("def correlate1d(x, w):\n    print(np.convolve(x, w, 'valid'))"),
    "changes": notebook("def correlate1d(x, w):\n    x[:] = 0"),
    "bad syntax": notebook("def correlate1d(x, w)\n    return 0", *map(RIGHT.get, REST)),
    "no function": notebook("correlate1d = [1]  # def correlate1d(", *map(RIGHT.get, REST)),
    "the table of the lesson": notebook(
        "def correlate1d(x, w):\n    return {"
        + ", ".join(
            f"{(list(x), list(w))!r}: {np.correlate(x, w).tolist()}"
            for x, w in (check.correlate1d.case(i) for i in range(6))
        ).replace("([", "str(([").replace("]):", "])):")
        + "}.get(str((x.tolist(), w.tolist())), 0)"
    ),
}  # fmt: skip


class Marked:
    """The class, marked once."""

    def __init__(self, root):
        self.folder, self.target, self.said = root / "in", root / "out", []
        self.folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0)
            lay_out(self.folder, server.getsockname()[1])
            os.environ["SECRET_OF_MARKING"] = "1"
            self.results = self.again()
            del os.environ["SECRET_OF_MARKING"]
            with pytest.raises(BlockingIOError):  # nobody has called
                server.accept()
        self.by_name = {result["name"]: result for result in self.results}

    def again(self, **how):
        how = {"seed": SEED, "limits": LIMITS, "jobs": 4, "say": self.said.append} | how
        return marking.mark("01", self.folder, self.target, **how)

    def of(self, name, exercise="correlate1d"):
        return self.by_name[f"{name}.ipynb"]["exercises"][exercise]


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    return Marked(tmp_path_factory.mktemp("class"))


@needs_boxes
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_is_contained_and_reported(marked, name):
    _, words, others = HOSTILE[name]
    told = marked.of(name)
    assert told["verdict"] in ("wrong", "stopped")
    assert re.search(words, f"{told['verdict']} {told['says']}"), told
    rest = [marked.of(name, exercise)["verdict"] for exercise in REST]
    assert rest == ["right"] * 3 or not others, marked.by_name[f"{name}.ipynb"]


@needs_boxes
def test_a_class_of_more_than_25_hostile_ones_leaves_nothing_behind(marked):
    assert len(HOSTILE) > 25
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            assert b"98765" not in path.read_bytes(), "a process of a submission is left"
    names = {path.name for path in marked.target.iterdir()}
    assert names == {"results", "results.csv", "students", "class.html"}


@needs_boxes
@pytest.mark.parametrize("name", KINDS)
def test_what_is_no_notebook_is_named_and_not_opened(marked, name):
    result = marked.by_name[f"{name}.ipynb"]
    assert KINDS[name] in result["problem"]
    assert {it["verdict"] for it in result["exercises"].values()} == {"unreadable"}


@needs_boxes
def test_odd_names_are_marked_and_other_files_named(marked):
    for name in [*ODD, "\\xff.ipynb"]:
        told = marked.by_name[name]["exercises"].values()
        assert [it["verdict"] for it in told] == ["right"] * 4, name
    assert ".hidden.ipynb" not in marked.by_name
    assert "does not end in .ipynb" in marked.by_name["notes.txt"]["problem"]
    assert len(marked.results) == len(HOSTILE) + len(HONEST) + len(KINDS) + len(ODD) + 2


@needs_boxes
@pytest.mark.parametrize(
    ("name", "verdict", "words"),
    [
        ("all right", "right", ""),
        ("in a learner's own copy", "right", ""),
        ("magics", "right", ""),
        ("untouched", "not attempted", ""),
        ("flipped", "wrong", "The kernel is flipped"),
        ("other arguments", "wrong", "correlate1d(signal) cannot be called so"),
        ("prints", "wrong", "Write `return` in place of `print`"),
        ("changes", "wrong", "changes what it is given, and returns nothing"),
        ("bad syntax", "wrong", "The cell of correlate1d does not run"),
        ("no function", "wrong", "correlate1d is no function"),
        ("the table of the lesson", "wrong", "returns"),
    ],
)
def test_an_honest_submission_gets_the_words_of_the_lesson(marked, name, verdict, words):
    told = marked.of(name)
    assert told["verdict"] == verdict and words in told["says"], told


@needs_boxes
def test_a_wrong_cell_is_named_and_the_others_run(marked):
    result = marked.by_name["bad syntax.ipynb"]
    assert any("SyntaxError" in note for note in result["notes"])
    assert [marked.of("bad syntax", name)["verdict"] for name in REST] == ["right"] * 3
    assert [marked.of("untouched", name)["verdict"] for name in REST] == ["not attempted"] * 3


@needs_boxes
def test_a_stopped_marking_goes_on_and_a_new_seed_begins_anew(marked, monkeypatch):
    kept = sorted((marked.target / "results").glob("*.json"))
    kept[0].unlink()
    kept[1].write_text('{"exerc')
    todo = {}

    def run(work, items, parallel):
        todo.update(items)
        for path, content in items.items():
            path.write_text(json.dumps(work(content)))

    monkeypatch.setattr(marking, "_run", run)
    results = marked.again()
    assert {*todo} == {*kept[:2]} and [r["name"] for r in results] == [*marked.by_name]
    todo.clear()
    marked.again()
    assert not todo

    def stop(work, items, parallel):
        todo.update(items)
        raise KeyboardInterrupt

    monkeypatch.setattr(marking, "_run", stop)
    with pytest.raises(KeyboardInterrupt):
        marked.again(seed=SEED + 1)
    assert len(todo) == len(kept)


@needs_boxes
def test_the_table_has_a_row_for_each_student_and_exercise_and_no_formula(marked):
    with (marked.target / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * len(marked.results)
    assert not [cell for row in rows for cell in row.values() if cell and cell[0] in "=+-@"]
    flipped = [row for row in rows if row["submission"] == "flipped.ipynb"]
    assert [row["verdict"] for row in flipped] == ["wrong", *["not attempted"] * 3]
    assert flipped[0]["mistake"].startswith("The kernel is flipped")


@needs_boxes
def test_the_pages_hold_what_was_asked_and_what_came_and_run_nothing(marked):
    pages = {path.name: path.read_text("utf-8") for path in marked.target.rglob("*.html")}
    assert len(pages) == len(marked.results) + 1
    for text in pages.values():
        assert "<script" not in text and "<img" not in text and "default-src 'none'" in text
    page = pages[report.page_name("flipped.ipynb")]
    for words in ("1. One dimension", "np.convolve(x, w, 'valid')", "The kernel is flipped"):
        assert html.escape(words) in page
    assert "Hint" not in page and "_solution" not in page


@needs_boxes
def test_the_page_of_the_class_counts_mistakes_and_leads_to_each_student(marked):
    text = (marked.target / "class.html").read_text("utf-8")
    assert "<li>1 × The kernel is flipped" in text and f"× It is {ENDLESS}" in text
    links = re.findall(r'href="([^"]+)"', text)
    assert len(links) == len(marked.results)
    assert all((marked.target / link).is_file() for link in links)


# --- Without a box ----------------------------------------------------------------------


def test_without_bubblewrap_nothing_is_run_unless_told_so_loudly(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ipynb").write_text(notebook(*RIGHT.values()))
    monkeypatch.setattr(box.shutil, "which", lambda name: None)
    target = tmp_path / "out"
    with pytest.raises(RuntimeError, match=r"nothing was marked.*(bwrap|Linux).*--unsafe"):
        marking.mark("01", tmp_path / "in", target)
    assert not target.exists()
    said = []
    (result,) = marking.mark("01", tmp_path / "in", target, unsafe=True, jobs=1, say=said.append)
    assert said[0] == marking.LOUD and "WITHOUT a box" in said[0]
    assert {it["verdict"] for it in result["exercises"].values()} == {"right"}


@needs_boxes
def test_a_box_that_would_see_what_it_must_not_is_refused(tmp_path, monkeypatch):
    assert "a submission has to see" in box.why_not(secret=["/usr/share/class"])
    copy = tmp_path / "lib" / "python3.12" / "site-packages" / "helpers"
    copy.mkdir(parents=True)
    monkeypatch.setattr(box, "exposed", lambda: [tmp_path])
    assert "shows the answers" in box.why_not()
    monkeypatch.undo()
    monkeypatch.setattr(box, "_apart", lambda: (["--no-such-flag"], []))
    assert "a box could not be made here" in box.why_not()


def test_the_command_says_what_is_wrong_in_one_line(tmp_path):
    there = ["--folder", str(tmp_path)]
    assert "lesson must be one of 00" in program.main(["mark", "--lesson", "99", *there])
    assert "folder must be" in program.main(["mark", "--lesson", "01", "--folder", "nowhere"])
    assert "seed must be" in program.main(["mark", "--lesson", "01", "--seed", "-1", *there])
    for words in (["mark", "--lesson", "01"], ["mark", *there], ["mark", "--dark"]):
        with pytest.raises(SystemExit):
            program.main(words)


# --- What comes from inside a box ---------------------------------------------------------


def test_a_value_is_rebuilt_from_its_bytes():
    array = np.array([[1.5, -2.0, np.nan]], np.float32)
    again = _array("<f4", [1, 3], base64.b64encode(array.tobytes()).decode())
    assert again.dtype == array.dtype and np.array_equal(again, array, equal_nan=True)
    assert again.flags.writeable


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [("|O", [1]), ("<f8", [2]), ("<f8", [-1]), ("<f8", [1.0]), ("<f8", [True]), ("<f8", [1] * 40),
     ("<f8", [1 << 40]), ("<f8", 1), ("f8,f8", [1]), ("<f3", [1]), ("<M8", [1]), ("<c16", [1])],
)  # fmt: skip
def test_what_is_no_plain_array_is_refused(dtype, shape):
    with pytest.raises((ValueError, TypeError)):
        _array(dtype, shape, base64.b64encode(bytes(8)).decode())


def test_a_check_takes_what_a_call_came_to_elsewhere_and_stops_when_it_must():
    def told(x, w):
        raise Told(Outcome(problem="stops. E: here."))

    verdict = check.correlate1d.judge(told, seed=1)
    assert verdict.right is False and verdict.mistake == "It stops. E: here."

    def gone(x, w):
        raise Abort("gone")

    with pytest.raises(Abort, match="gone"):
        check.correlate1d.judge(gone)


def test_a_verdict_names_the_mistake_apart_from_the_case_that_shows_it():
    verdict = check.correlate1d.judge(lambda x, w: np.convolve(x, w, "valid")[::-1])
    assert verdict.message != verdict.mistake and verdict.message.startswith(verdict.mistake)
    verdict = check.correlate1d.judge(lambda x, w: np.convolve(x, w, "valid"))
    assert verdict.mistake.startswith("The kernel is flipped") and "case" not in verdict.mistake


# --- What of a notebook is run --------------------------------------------------------------


def chosen(*cells, lesson=()):
    """Return the statements on which `f` rests."""
    parts = [(i, text not in lesson, part) for i, text in enumerate(cells)
             for node in worker.parsed(text).body for part in worker.split(node)]  # fmt: skip
    return [ast.unparse(node) for _, _, node in worker.selected(parts, {"f"})]


def test_only_what_an_answer_rests_on_is_run():
    function = "def f(x):\n    return z"
    cells = ("import a, b", "x = a.train()", "y = 2\nz = y", function)
    assert chosen(*cells) == ["y = 2", "z = y", function]
    assert chosen("from a import b, c", "f = c") == ["from a import c", "f = c"]
    changes = ["k = [0]", "k[0] = 1", "k.append(2)"]
    assert chosen(*changes, "show(k)", "f = lambda: k") == [*changes, "f = lambda: k"]
    assert chosen("from a import *", "f = 1") == ["from a import *", "f = 1"]


def test_a_students_function_goes_before_the_lessons_empty_one():
    empty = "def f():\n    'what it returns'"
    assert chosen("def f(): return 1", empty, lesson=[empty]) == ["def f():\n    return 1"]
    assert len(chosen(empty, lesson=[empty])) == 1


def test_magics_are_left_out_where_python_cannot_read_a_cell():
    assert chosen("%matplotlib inline\n  !ls\nprint?\nf = 1".replace("  ", "")) == ["f = 1"]
    assert chosen("%%time\nf = 1") == ["f = 1"]
    assert chosen("f = 7 \\\n% 4") == ["f = 7 % 4"]


def test_every_lesson_has_the_text_of_each_of_its_exercises():
    for path in PATH.parent.glob("*.ipynb"):
        lesson = Lesson.of(path.stem, read(path))
        assert list(lesson.exercises) == list(check.LESSONS[f"lesson_{path.name[:2]}"])
        assert all(text.startswith("### ") for text in lesson.exercises.values()), path
        assert len(lesson.solutions) >= len(lesson.exercises) and lesson.cells


STOPPING = """def early_stopping(val_loss, patience):
    assert type(val_loss) is list
    best = 1
    for n in range(1, len(val_loss) + 1):
        best = n if val_loss[n - 1] < val_loss[best - 1] else best
        if n - best == patience:
            break
    return n, best"""


@needs_boxes
@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (
            "04_backpropagation_by_hand",
            "def slope(loss, w, h):\n    return (loss(w + h) - loss(w - h)) / (2 * h)",
        ),
        ("10_cifar10_l1_regularization", STOPPING),
    ],
)
def test_lists_and_functions_reach_an_answer_as_they_are(name, answer):
    lesson = Lesson.of(name, read(PATH.with_name(f"{name}.ipynb")))
    content = json.dumps({"cells": [{"cell_type": "code", "source": answer}]})
    result = judged(content.encode(), lesson, seed=SEED, limits=LIMITS)
    verdicts = [it["verdict"] for it in result["exercises"].values()]
    assert sorted(verdicts) == ["not attempted"] * 4 + ["right"], result


def test_a_notebook_of_any_content_is_read_or_refused():
    half = b'{"cells": [{"cell_type": "code", "source": ["a", "\\ud800"]}, 3]}'
    assert code_cells(half) == ["a?"]
    assert code_cells(b'{"cells": [{"cell_type": "code"}, {"cell_type": "markdown"}]}') == ["None"]
    for content in (b"", b"{", b"[]", b'{"cells": {}}', b"[" * 99_999, b"\xff", b"1" * 9999):
        with pytest.raises(ValueError, match="this is no notebook"):
            code_cells(content)
