"""Cases as files for other programs: workbook, Word, and what goes with them."""
