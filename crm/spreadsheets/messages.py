"""Messages that several readers share."""

from crm.i18n import N_

NOT_A_SPREADSHEET = N_("This file is not a spreadsheet. Please choose an .xlsx, .xls or .csv file.")
DAMAGED = N_("This file is damaged and cannot be read. Please open it, save it again and try once more.")
PROTECTED = N_("This file is protected by a password. Please save it without one and try again.")
UNPACKS_TOO_LARGE = N_("This file unpacks to far more than its size suggests, so it was not opened.")
TOO_LARGE = N_("This file is larger than %(megabytes)s MB. Please split it into several files.")
TOO_MANY_ROWS = N_("A sheet in this file has more than %(rows)s rows. Please split it into several files.")
TOO_MANY_COLUMNS = N_("A sheet in this file has more than %(columns)s columns. Please delete the ones you do not need.")
TOO_MANY_CELLS = N_("A sheet in this file has more than %(cells)s cells. Please split the file.")
EMPTY = N_("This file is empty.")
WEB_PAGE = N_("This file is a web page named like a spreadsheet. Please open it in Excel and save it as .xlsx.")
XML_SPREADSHEET = N_(
    "This file is an XML spreadsheet of Excel 2003 under another name. Please open it in Excel and save it as .xlsx."
)
OLD_EXCEL = N_(
    "This file is in an old Excel format that is not supported. Please open it in Excel and save it as .xlsx."
)
BINARY_WORKBOOK = N_("This file is a binary workbook (.xlsb). Please open it in Excel and save it as .xlsx.")
OPEN_DOCUMENT = N_("This file is an OpenDocument spreadsheet (.ods). Please open it and save it as .xlsx.")
NUMBERS = N_("This file was made with Numbers. Please export it there as Excel (.xlsx).")
PDF = N_(
    "This file is a PDF document, not a spreadsheet. Please choose the .xlsx, .xls or .csv file that it was made from."
)
ARCHIVE = N_("This file is an archive. Please unpack it and choose the spreadsheet that is in it.")
NO_ENCODING = N_("The encoding of this file cannot be read. Please save it as UTF-8 or .xlsx.")
OPEN_QUOTE = N_("A quotation mark near line %(line)s is never closed.")
LONG_CELL = N_("A cell near line %(line)s has more than %(characters)s characters.")
