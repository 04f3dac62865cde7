"""Matching without handing over a roll: what each department runs on its own computer (pure, Python 3.8 alone).

`build` packs these modules, and those of `members` that prepare an entry, into one file that needs nothing else:
phrase (ten words into a key) → roll, xlsx (a file into entries) → office (entries into a token file, handles back
into rows) → cli (the questions). The app itself reads token files with `tokenfile` and `ticket`.
Source: decision 6; the members paper, section 7.
"""
