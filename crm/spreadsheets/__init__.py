"""Spreadsheets: reading what people send, cleaning its cells, writing what they take along. No Flask.

`reading.read_sheet`, `headings.find_heading_row`, `cleaning.*`; `writing.write_workbook`,
`template.import_template`, `marking.mark_errors`; sizes in `limits`. calamine and openpyxl are imported
when first used.
"""
