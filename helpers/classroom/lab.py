"""JupyterLab, opened at one notebook, without its question about news."""

import os
from pathlib import Path

import nbformat
from jupyterlab.labapp import LabApp
from nbformat.sign import NotebookNotary

DEFAULTS = Path(__file__).with_name("jupyter")  # a user's own settings go before these


def trust(paths):
    """Sign notebooks, so that the figures stored in them move."""
    with NotebookNotary() as notary:
        for path in paths:
            try:
                notebook = nbformat.read(path, as_version=4)
            except (OSError, ValueError) as error:
                print(f"{path} cannot be read: {error}")
            else:
                if not notary.check_signature(notebook):
                    notary.sign(notebook)


def start(notebook, flags):
    """Run JupyterLab on the notebook's folder until it is shut down."""
    places = (str(DEFAULTS), os.environ.get("JUPYTER_CONFIG_PATH"))
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, places))
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Jupyter refuses to run as root unless told; containers and build machines are root.
        flags = ["--allow-root", *flags]
    LabApp.launch_instance([f"--ServerApp.root_dir={notebook.parent}", *flags, str(notebook)])
