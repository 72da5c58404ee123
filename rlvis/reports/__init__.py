"""Pages beside the interface: run directories go in, one static, self-contained HTML file of their curves comes out; interfaces become a site.

Read `curves.py` (a run's columns become series), `view_model.py` (series become panels), `pages.py` (panels become a page), `finding.py` (which page belongs to a checkpoint), `site.py` (interfaces become a site).
"""

from rlvis.reports.finding import find_report
from rlvis.reports.pages import write_comparison, write_report
from rlvis.reports.site import publish

__all__ = ["find_report", "publish", "write_comparison", "write_report"]
