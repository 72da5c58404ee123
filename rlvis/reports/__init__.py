"""Pages of training curves: run directories go in, one static, self-contained HTML file comes out.

Read `curves.py` (a run's columns become series), `view_model.py` (series become panels), `pages.py` (panels become a page), `finding.py` (which page belongs to a checkpoint).
"""

from rlvis.reports.finding import find_report
from rlvis.reports.pages import write_comparison, write_report

__all__ = ["find_report", "write_comparison", "write_report"]
