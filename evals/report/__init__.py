"""From the logs of evaluations to one page that anybody can read, with the same figures as Markdown and CSV."""

from affectgraph.evals.report.reading import Study, read_studies
from affectgraph.evals.report.writing import Written, write_report

__all__ = ["Study", "Written", "read_studies", "write_report"]
