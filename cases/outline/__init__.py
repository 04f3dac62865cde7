"""A case drafted from the ledger: sentences with fields that stay true until the draft is sent in."""
