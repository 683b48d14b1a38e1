"""How large a spreadsheet may be. All limits are here; sizes in bytes unless said otherwise.

They are set for a firm's own lists (tens of thousands of rows) and keep the memory of one import
within a few hundred megabytes.
"""

MEGABYTE = 1024 * 1024

MAX_FILE_BYTES = 20 * MEGABYTE
MAX_ROWS = 50_000
MAX_COLUMNS = 200
# Rows × columns up to the last used cell: the reader makes a dense table of them.
MAX_CELLS = 2_000_000

MAX_ZIP_ENTRIES = 2_000
MAX_ZIP_DIRECTORY = MEGABYTE
MAX_UNPACKED = 120 * MEGABYTE
# Real sheets pack 8 to 30 times; deflate can reach 1,000. Small parts are left alone: they cannot hurt.
MAX_RATIO = 100
RATIO_MATTERS_FROM = MEGABYTE
MAX_XML_ELEMENTS = 6_000_000
# One tag, comment or attribute; the parser starts it again with each piece of the file it is given.
MAX_XML_TOKEN = 2 * MEGABYTE

# All texts of the cells together, in characters (.xls) or bytes of XML (.xlsx).
MAX_TEXT = 64 * MEGABYTE
# Characters in one cell, as in Excel.
MAX_CELL_TEXT = 32_767
