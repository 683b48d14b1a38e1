"""What reports must say, calculated over loaded records in plain Python, without the product's counting (X-3).

It reads what the specification says of each figure: an address, a person's reach, and the records of the firm.
"""

from tests.report_oracle.asked import Asked
from tests.report_oracle.books import Books
from tests.report_oracle.figures import FIGURES, LINES
from tests.report_oracle.spans import year_back

__all__ = ["FIGURES", "LINES", "Asked", "Books", "year_back"]
