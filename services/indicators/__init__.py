"""The one place where numbers are made: a definition gives the number, the rows behind it, and their export."""
