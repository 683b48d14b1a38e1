"""Pictures of figures, drawn by matplotlib's object API in a process of its own (X-5).

Knows nothing of the rest of the program: what is drawn is plain data. `crm.charts.apart` is the door to drawing.
"""

from crm.charts.drawing import Drawing, Series, areas

__all__ = ["Drawing", "Series", "areas"]
