"""The demo: two counties' organisations, accounts and cases, written and drawn for this project."""
