"""Reads of figures: periods, measurements, the monthly table, a report's content, live figures."""

from portal.insight.selectors.content import ReportContent, report_content
from portal.insight.selectors.figures import Figures, figures
from portal.insight.selectors.live import live_figures
from portal.insight.selectors.periods import month_period, months_up_to, parse_month, this_month
from portal.insight.selectors.tables import Row, monthly_table

__all__ = [
    "Figures",
    "ReportContent",
    "Row",
    "figures",
    "live_figures",
    "month_period",
    "monthly_table",
    "months_up_to",
    "parse_month",
    "report_content",
    "this_month",
]
