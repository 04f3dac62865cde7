"""Everything the ledger knows of one person or one body, in the viewer's scope, at a fixed number of queries."""
