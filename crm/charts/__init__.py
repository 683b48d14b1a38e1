"""Pictures of figures, drawn on the server by matplotlib's object API, which is safe among threads (X-5).

Knows nothing of the rest of the program: what is drawn is plain data, so that it can be drawn in another process.
"""

from crm.charts.drawing import Drawing, Series, areas, draw

__all__ = ["Drawing", "Series", "areas", "draw"]
