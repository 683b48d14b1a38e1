"""How large a spreadsheet may be. All limits are here; sizes in bytes unless said otherwise.

They are set for a firm's own lists (tens of thousands of rows) and keep the memory of one import
within a few hundred megabytes.
"""

MEGABYTE = 1024 * 1024

MAX_FILE_BYTES = 20 * MEGABYTE
MAX_ROWS = 50_000
MAX_COLUMNS = 200
# Cells that hold something, of all sheets together.
MAX_CELLS = 1_000_000
# The same with the empty places between them.
MAX_TABLE = 2_000_000

MAX_ZIP_ENTRIES = 2_000
MAX_ZIP_DIRECTORY = MEGABYTE
MAX_UNPACKED = 120 * MEGABYTE
# Real sheets pack 8 to 30 times; deflate can reach 1,000. Small parts are left alone: they cannot hurt.
MAX_RATIO = 100
RATIO_MATTERS_FROM = MEGABYTE
MAX_XML_ELEMENTS = 5_000_000
# One tag, comment or attribute; the parser starts it again with each piece of the file it is given.
MAX_XML_TOKEN = 2 * MEGABYTE

# All texts of the cells together, in characters; a text that many cells share counts for each.
MAX_TEXT = 32 * MEGABYTE
# Characters in one cell, as in Excel.
MAX_CELL_TEXT = 32_767

MAX_SHEETS = 200
# Of a CSV file: lines (a cell may have several), and separators, in one line and in sum.
MAX_LINES = 300_000
MAX_SEPARATORS = 3_000_000
MAX_SEPARATORS_IN_LINE = 20_000
