"""A learner's copies: what the course writes, what it leaves alone, and what a kill leaves."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import nbformat
import pytest
from filelock import Timeout

from helpers.classroom import __main__ as program
from helpers.classroom import copies

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def lesson(*sources):
    """Return an executed lesson with an exercise and its solution at the end, as JSON."""
    cells = [nbformat.v4.new_markdown_cell("# 01 · A lesson, 3 × 3 ∗")]
    for number, source in enumerate([*sources, "def f():\n    # your answer"], start=1):
        result = nbformat.v4.new_output("stream", text=f"{number}\n")
        cells.append(nbformat.v4.new_code_cell(source, execution_count=number, outputs=[result]))
    cells.append(nbformat.v4.new_code_cell("check.f(f_solution)", metadata={"tags": ["solution"]}))
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells))


class Course:
    """Lessons in one folder, a learner's in another, both with odd names."""

    def __init__(self, root):
        self.originals, self.folder = root / "the cöurse\n$(x) '1'", root / "mein Ördner\n #2"
        self.originals.mkdir()

    def publish(self, name, *sources):
        (self.originals / name).write_text(lesson(*sources), "utf-8")

    def update(self):
        said = []
        copies.update(self.originals, self.folder, said.append)
        return said

    def names(self):
        """Return the learner's visible files: all but two are seen by nobody."""
        names = {path.name for path in self.folder.iterdir()}
        assert names >= {".lock", copies.WRITTEN} and ".part" not in names
        return sorted(names - {".lock", copies.WRITTEN})

    def sources(self, name):
        notebook = nbformat.read(self.folder / name, as_version=4)
        return [cell.source for cell in notebook.cells][1:-2]

    def edit(self, name, change):
        notebook = nbformat.read(self.folder / name, as_version=4)
        change(notebook)
        nbformat.write(notebook, self.folder / name)
        return (self.folder / name).read_bytes()


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path)
    course.publish("01_a.ipynb", "x = 1")
    course.publish("02_b.ipynb", "y = 1")
    return course


def answer(notebook):
    notebook.cells[2].source = "def f():\n    return 'mine'"


def run_a_cell(notebook):
    notebook.cells[1].execution_count = 1


def get_an_output(notebook):
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="1\n")]


def write_a_note(notebook):
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell("my own words"))


def delete_a_cell(notebook):
    del notebook.cells[1]


def move_a_cell(notebook):
    notebook.cells[1:3] = notebook.cells[2:0:-1]


def change_a_type(notebook):
    notebook.cells[0] = nbformat.v4.new_raw_cell(notebook.cells[0].source)


def paste_a_picture(notebook):
    notebook.cells[0].attachments = {"me.png": {"image/png": "iVBORw0KGgo="}}


TOUCHES = [answer, run_a_cell, get_an_output, write_a_note, delete_a_cell, move_a_cell]
TOUCHES += [change_a_type, paste_a_picture]


def test_a_copy_is_the_lesson_before_anything_ran(course):
    original = nbformat.reads(lesson("x = 1"), as_version=4)
    assert course.update() == []
    copy = nbformat.read(course.folder / "01_a.ipynb", as_version=4)
    assert [cell.source for cell in copy.cells] == [cell.source for cell in original.cells]
    code = [cell for cell in copy.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * 3
    assert [cell.metadata.get("jupyter") for cell in code] == [None, None, {"source_hidden": True}]
    assert course.names() == ["01_a.ipynb", "02_b.ipynb"]


def test_a_page_is_copied_and_followed_and_a_touched_one_stays(course):
    (course.originals / "glossary.md").write_text("### kernel\n", "utf-8")
    course.update()
    copy = course.folder / "glossary.md"
    assert copy.read_text("utf-8") == "### kernel\n"
    (course.originals / "glossary.md").write_text("### kernel\n### stride ×\n", "utf-8")
    assert len(course.update()) == 1
    assert copy.read_text("utf-8") == "### kernel\n### stride ×\n"
    copy.write_text("my own words", "utf-8")
    (course.originals / "glossary.md").write_text("### padding\n", "utf-8")
    assert len(course.update()) == 1 and course.update() == []
    assert copy.read_text("utf-8") == "my own words"
    assert (course.folder / "glossary (new version).md").read_text("utf-8") == "### padding\n"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_copies_of_the_lessons_are_valid(path):
    notebook = copies.blank(json.loads(path.read_text("utf-8")))
    nbformat.validate(nbformat.reads(json.dumps(notebook), as_version=4))


def test_nothing_changes_where_nothing_changed(course):
    course.update()
    before = {path: path.stat().st_mtime_ns for path in course.folder.iterdir()}
    assert course.update() == []
    del before[course.folder / ".lock"]
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_an_untouched_copy_follows_and_its_neighbour_stays(course):
    course.update()
    neighbour = (course.folder / "02_b.ipynb").stat().st_mtime_ns
    course.publish("01_a.ipynb", "x = 2")
    (said,) = course.update()
    assert re.match("01_a.ipynb has changed .* untouched", said)
    assert course.sources("01_a.ipynb") == ["x = 2"]
    assert (course.folder / "02_b.ipynb").stat().st_mtime_ns == neighbour
    assert course.update() == []


def test_what_jupyterlab_changes_by_itself_is_no_touch(course):
    path = course.originals / "01_a.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][0]["attachments"] = {name: {"image/png": "iVBORw0KGgo="} for name in "ba"}
    path.write_text(json.dumps(notebook), "utf-8")  # which JupyterLab sorts when it saves
    course.update()

    def churn(notebook):
        notebook.metadata.language_info = {"name": "python", "version": "3.99"}
        notebook.cells[1].metadata.trusted = True
        notebook.cells[3].metadata.jupyter.source_hidden = False

    course.edit("01_a.ipynb", churn)
    course.publish("01_a.ipynb", "x = 2")
    course.update()
    assert course.sources("01_a.ipynb") == ["x = 2"]


def test_running_the_originals_again_is_no_new_version(course):
    course.update()
    mine = course.edit("01_a.ipynb", answer)
    path = course.originals / "01_a.ipynb"
    path.write_text(path.read_text("utf-8").replace('"1\\n"', '"other\\n"'), "utf-8")
    assert course.update() == []
    assert (course.folder / "01_a.ipynb").read_bytes() == mine


@pytest.mark.parametrize("touch", TOUCHES, ids=lambda touch: touch.__name__)
def test_a_touched_copy_is_never_overwritten_and_the_new_one_comes_once(course, touch):
    course.update()
    mine = course.edit("01_a.ipynb", touch)
    assert course.update() == []
    course.publish("01_a.ipynb", "x = 2")
    (said,) = course.update()
    assert "Yours stays" in said and "'01_a (new version).ipynb'" in said
    assert course.names() == ["01_a (new version).ipynb", "01_a.ipynb", "02_b.ipynb"]
    assert course.sources("01_a (new version).ipynb") == ["x = 2"]
    assert course.update() == []
    (course.folder / "01_a (new version).ipynb").unlink()
    assert course.update() == [] and course.names() == ["01_a.ipynb", "02_b.ipynb"]
    assert (course.folder / "01_a.ipynb").read_bytes() == mine


def test_a_third_version_takes_the_place_of_an_untouched_second(course):
    course.update()
    course.edit("01_a.ipynb", answer)
    for number in (2, 3):
        course.publish("01_a.ipynb", f"x = {number}")
        course.update()
    assert course.names() == ["01_a (new version).ipynb", "01_a.ipynb", "02_b.ipynb"]
    assert course.sources("01_a (new version).ipynb") == ["x = 3"]


def test_a_third_version_leaves_a_touched_second(course):
    course.update()
    kept = {"01_a.ipynb": course.edit("01_a.ipynb", answer)}
    for number, name in enumerate(["01_a (new version).ipynb", "01_a (new version 2).ipynb"], 2):
        course.publish("01_a.ipynb", f"x = {number}")
        course.update()
        kept[name] = course.edit(name, answer)
    course.publish("01_a.ipynb", "x = 4")
    (said,) = course.update()
    assert "(new version 3)" in said
    assert {name: (course.folder / name).read_bytes() for name in kept} == kept


def test_a_learner_who_takes_the_new_version_goes_on_with_it(course):
    course.update()
    course.edit("01_a.ipynb", answer)
    course.publish("01_a.ipynb", "x = 2")
    course.update()
    os.replace(course.folder / "01_a (new version).ipynb", course.folder / "01_a.ipynb")
    course.publish("01_a.ipynb", "x = 3")
    course.update()
    assert course.names() == ["01_a.ipynb", "02_b.ipynb"]
    assert course.sources("01_a.ipynb") == ["x = 3"]


def test_a_course_that_takes_a_change_back(course):
    course.update()
    for source in ("x = 2", "x = 1", "x = 2"):
        course.publish("01_a.ipynb", source)
        course.update()
        assert course.sources("01_a.ipynb") == [source]
    assert course.names() == ["01_a.ipynb", "02_b.ipynb"]


def test_a_deleted_copy_comes_back(course):
    course.update()
    (course.folder / "01_a.ipynb").unlink()
    assert course.update() == [] and course.sources("01_a.ipynb") == ["x = 1"]


def test_a_lesson_that_left_the_course_stays_with_the_learner(course):
    course.update()
    mine = course.edit("01_a.ipynb", answer)
    (course.originals / "01_a.ipynb").rename(course.originals / "03_a.ipynb")
    assert course.update() == []
    assert course.names() == ["01_a.ipynb", "02_b.ipynb", "03_a.ipynb"]
    assert (course.folder / "01_a.ipynb").read_bytes() == mine


def test_all_else_in_the_folder_is_left_alone(course):
    course.folder.mkdir()
    odd = ["01_a (my copy).ipynb", "01_A.ipynb.bak", "helpers.py", ".hidden", "new\nline.ipynb"]
    for name in odd:
        (course.folder / name).write_text("mine")
    (course.folder / "deeper").mkdir()
    (course.folder / "deeper" / "01_a.ipynb").write_text("mine")
    course.update()
    course.publish("01_a.ipynb", "x = 2")
    course.update()
    assert all((course.folder / name).read_text() == "mine" for name in [*odd, "deeper/01_a.ipynb"])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '{"01_a.ipynb": 3}', '{"01_a.ipynb": null}', "\0", None]
)
def test_without_its_memory_nothing_is_overwritten(course, text):
    course.update()
    mine = course.edit("01_a.ipynb", answer)
    memory = course.folder / copies.WRITTEN
    memory.unlink() if text is None else memory.write_text(text)
    assert len(course.update()) == 1
    assert course.sources("01_a (new version).ipynb") == ["x = 1"]
    assert (course.folder / "01_a.ipynb").read_bytes() == mine
    memory.write_text("[]")
    course.publish("02_b.ipynb", "y = 2")  # untouched, but nobody knows that any more
    course.update()
    assert course.sources("02_b.ipynb") == ["y = 1"]
    assert course.sources("02_b (new version).ipynb") == ["y = 2"]


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"\xff", b'{"cells": 3}', b'{"cells": [{}]}', b"[" * 99_999],
    ids=str,
)
def test_what_is_no_notebook_is_no_copy_of_ours(course, text):
    course.folder.mkdir()
    (course.folder / "01_a.ipynb").write_bytes(text)
    (said,) = course.update()
    assert "Yours stays" in said and (course.folder / "01_a.ipynb").read_bytes() == text


@pytest.mark.parametrize("kind", ["folder", "fifo", "dangling link", "link to an own file"])
def test_odd_things_under_a_lessons_name_stay(course, kind):
    course.folder.mkdir()
    path, elsewhere = course.folder / "01_a.ipynb", course.folder.parent / "elsewhere.ipynb"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(elsewhere)
    if kind.endswith("file"):
        elsewhere.write_text("mine")
    course.update()
    assert course.sources("01_a (new version).ipynb") == ["x = 1"]
    assert path.is_symlink() or not path.is_file()
    assert elsewhere.exists() == kind.endswith("file")


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n{}", "[]", '{"cells": [{}]}', "3"])
def test_a_damaged_original_is_named_and_the_others_come(course, text):
    course.update()
    (course.originals / "01_a.ipynb").write_text(text)
    course.publish("02_b.ipynb", "y = 2")
    said = course.update()
    assert "01_a.ipynb is damaged" in said[0] and len(said) == 2
    assert course.sources("01_a.ipynb") == ["x = 1"]
    assert course.sources("02_b.ipynb") == ["y = 2"]


class Killed(BaseException):
    """Stands for the end of the process: nothing can catch it and go on."""


def test_a_kill_at_any_step_loses_nothing(course, monkeypatch):
    """Dies before the first, second, ... change of the disk, until one run gets through."""
    course.update()
    mine = course.edit("01_a.ipynb", answer)
    for name in ("01_a.ipynb", "02_b.ipynb", "03_c.ipynb"):
        course.publish(name, "new")
    real = {name: getattr(os, name) for name in ("fsync", "replace")}
    for survived in range(100):
        left = [survived]

        def step(name, *args, left=left):
            if not left[0]:
                raise Killed
            left[0] -= 1
            return real[name](*args)

        for name in real:
            monkeypatch.setattr(os, name, lambda *args, name=name: step(name, *args))
        try:
            course.update()
            break
        except Killed:
            for path in course.folder.glob("*.ipynb"):
                nbformat.validate(nbformat.read(path, as_version=4))
            assert (course.folder / "01_a.ipynb").read_bytes() == mine
    monkeypatch.undo()
    assert survived >= 2  # each kill gets further than the one before, so some were needed
    assert course.update() == []
    assert course.names() == [
        "01_a (new version).ipynb",
        *(f"0{n}.ipynb" for n in ("1_a", "2_b", "3_c")),
    ]
    assert (course.folder / "01_a.ipynb").read_bytes() == mine
    for name in ("01_a (new version).ipynb", "02_b.ipynb", "03_c.ipynb"):
        assert course.sources(name) == ["new"]


def test_real_kills(tmp_path):
    command = [
        sys.executable,
        "-m",
        "helpers.classroom",
        "copies",
        "--folder",
        str(tmp_path / "my"),
    ]
    for number in range(4):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        time.sleep(random.Random(number).uniform(0.1, 0.4))
        process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        process.wait()
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stderr == "" and len(run.stdout.splitlines()) == 1
    assert sorted(path.name for path in (tmp_path / "my").glob("*.ipynb")) == [
        path.name for path in LESSONS
    ]


def test_two_at_once_do_no_harm(course):
    for number in range(3, 30):
        course.publish(f"{number:02}.ipynb", "x")
    context = get_context("spawn")
    twins = [
        context.Process(target=copies.update, args=(course.originals, course.folder))
        for _ in range(2)
    ]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join(60)
    assert [twin.exitcode for twin in twins] == [0, 0]
    assert course.update() == [] and len(course.names()) == 29


def test_a_full_disk_leaves_what_was_there(course, monkeypatch):
    course.update()
    course.publish("01_a.ipynb", "x = 2")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        course.update()
    assert course.sources("01_a.ipynb") == ["x = 1"]
    monkeypatch.undo()
    course.update()
    assert course.sources("01_a.ipynb") == ["x = 2"] and course.names()


# The program.


def run(*arguments, **options):
    command = [sys.executable, "-m", "helpers.classroom", *arguments]
    options = {"cwd": ROOT, "capture_output": True, "text": True} | options
    return subprocess.run(command, **options)


def test_the_program_makes_copies_from_which_the_package_and_other_lessons_are_found(tmp_path):
    folder = tmp_path / "mein Ördner"
    made = run("copies", "--folder", str(folder))
    assert (made.returncode, made.stdout) == (0, f"Your copies of the lessons are in {folder}.\n")
    assert [path.name for path in sorted(folder.glob("*.ipynb"))] == [p.name for p in LESSONS]
    for path in folder.glob("*.ipynb"):
        for target in re.findall(r"\]\(([^)#:]+)", path.read_text("utf-8")):
            assert not target.endswith(("ipynb", "md")) or (folder / target).exists(), target
    assert (folder / "glossary.md").exists()
    code = "from helpers import reports; print(reports.report('A8')['params'])"
    found = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert found.stdout == "141130\n", found.stderr


def test_a_folder_may_be_named_from_home_or_from_here(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name, there in (("~/mine", "mine"), ("here", "here")):
        assert program.main(["copies", "--folder", name]) == 0
        assert (tmp_path / there / LESSONS[0].name).exists()


@pytest.mark.parametrize("place", ["a file", "below a file", "a lock that is held"])
def test_a_folder_that_cannot_be_used_is_said_in_one_line(tmp_path, monkeypatch, place):
    (tmp_path / "a file").touch()
    folder = tmp_path / "a file" / "below" if "below" in place else tmp_path / place
    if "lock" in place:

        def held(*_, **__):
            raise Timeout(str(folder / ".lock"))

        monkeypatch.setattr(copies, "FileLock", held)
    said = program.main(["copies", "--folder", str(folder)])
    assert said.startswith("Your copies cannot be written: ") and "\n" not in said
    assert str(folder) in said and "--folder" in said


def test_a_program_without_lessons_or_jupyterlab_says_so_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "helpers.classroom.lab", None)
    # Another test may have imported it; `from ... import` takes the package's attribute first.
    monkeypatch.delattr("helpers.classroom.lab", raising=False)
    said = program.main(["lab", "--folder", str(tmp_path)])
    assert said.startswith("JupyterLab is missing") and "\n" not in said
    monkeypatch.setattr(program, "LESSONS", tmp_path / "nowhere")
    assert "holds no lessons" in program.main(["teach"])


@pytest.mark.parametrize("arguments", [[], ["play"], ["copies", "--port=1"], ["lab", "--folder"]])
def test_wrong_arguments_end_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        program.main(arguments)
    assert end.value.code == 2 and capsys.readouterr().err.startswith("usage:")


@pytest.fixture
def started(monkeypatch):
    """The arguments with which JupyterLab would have been started."""
    from helpers.classroom import lab

    calls = []
    monkeypatch.setattr(lab.LabApp, "launch_instance", calls.append)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    return calls


def test_lab_opens_the_first_copy_and_hands_flags_on(started, tmp_path):
    assert not program.main(["lab", "--folder", str(tmp_path), "--no-browser", "--port", "8899"])
    (arguments,) = started
    assert f"--ServerApp.root_dir={tmp_path}" in arguments
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    assert ("--allow-root" in arguments) == root
    assert arguments[-4:] == ["--no-browser", "--port", "8899", str(tmp_path / LESSONS[0].name)]


def test_the_question_about_news_is_answered_below_the_users_own_settings(started, tmp_path):
    from jupyterlab_server.settings_utils import _get_overrides

    program.main(["lab", "--folder", str(tmp_path)])
    assert os.environ["JUPYTER_CONFIG_PATH"].endswith(f"{os.pathsep}theirs")
    settings, error = _get_overrides(str(tmp_path))
    assert not error
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_teach_opens_the_originals_and_trusts_them(started, tmp_path, monkeypatch):
    from nbformat.sign import NotebookNotary

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(program, "LESSONS", tmp_path)
    (tmp_path / "01_a.ipynb").write_text(lesson("x = 1"), "utf-8")
    assert not program.main(["teach"])
    notebook = nbformat.read(tmp_path / "01_a.ipynb", as_version=4)
    with NotebookNotary() as notary:
        assert notary.check_signature(notebook)
        notebook.cells[1].source = "x = 3"
        assert not notary.check_signature(notebook)
    assert started[0][-1] == str(tmp_path / "01_a.ipynb")
    assert f"--ServerApp.root_dir={tmp_path}" in started[0]


def test_a_damaged_lesson_is_named_and_the_others_are_trusted(tmp_path, monkeypatch, capsys):
    from helpers.classroom import lab

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    (tmp_path / "01_a.ipynb").write_text("<<<<<<<")
    (tmp_path / "02_b.ipynb").write_text(lesson("x = 1"), "utf-8")
    lab.trust(sorted(tmp_path.glob("*.ipynb")))
    assert "01_a.ipynb cannot be read: " in capsys.readouterr().out
    with lab.NotebookNotary() as notary:
        assert notary.check_signature(nbformat.read(tmp_path / "02_b.ipynb", as_version=4))
