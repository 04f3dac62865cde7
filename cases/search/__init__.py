"""Full text search of the library in Chinese.

`lexemes` says what of a text is indexed, `query` what a reader asked for, `snippet` what is shown of a hit (all
three pure); `find` plans and runs the search, `facets` counts beside it, `related` finds neighbours of a case.
"""
