"""Reports out of the registry: the same numbers as on the pages, as Word, as Excel, and remembered once sent."""
