"""What Sphinx is told. The pages need no network: not to be built, and not to be read."""

project = html_title = "Kernel by Kernel"
author = ""
copyright = "the makers of the course. Text: CC BY 4.0, code: MIT"
extensions = ["myst_nb"]

suppress_warnings = ["myst.header"]  # the glossary has no second level
nb_execution_mode = "off"  # the stored outputs are shown
nb_ipywidgets_js = {}
nb_merge_streams = True
nb_code_prompt_show = "Show the solution"
nb_code_prompt_hide = "Hide the solution"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3

html_theme = "sphinx_book_theme"
html_theme_options = {
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # the search stands above the list of pages
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "article_footer_items": ["student.html"],
}
html_static_path = ["static"]
html_css_files = ["course.css"]
html_js_files = ["course.js"]
html_math_renderer = "mathml"
templates_path = ["templates"]


def setup(app):
    """Let formulas be MathML, which browsers show and screen readers read by themselves."""
    from docutils.nodes import SkipNode
    from latex2mathml.converter import convert

    def written(display, around="{}"):
        def visit(translator, node):
            translator.body.append(around.format(convert(node.astext(), display=display)))
            raise SkipNode

        return visit

    block = written("block", '<div class="formula">{}</div>')
    app.add_html_math_renderer("mathml", (written("inline"), None), (block, None))
