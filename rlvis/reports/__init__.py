"""Pages of training curves: run directories go in, one static, self-contained HTML file comes out.

Read `curves.py` (a run's columns become series), `view_model.py` (series become panels), `pages.py` (panels become a page).
"""

from rlvis.reports.pages import write_comparison, write_report

__all__ = ["write_comparison", "write_report"]
