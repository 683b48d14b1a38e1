"""Pictures of figures, drawn by matplotlib's object API in a process of its own (X-5).

Knows nothing of the rest of the program: what is drawn is plain data. The way in is `crm.charts.in_subprocess`.
"""

from crm.charts.drawing import Drawing, Series, areas

__all__ = ["Drawing", "Series", "areas"]
