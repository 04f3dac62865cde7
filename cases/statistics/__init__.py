"""How many cases came in and what became of them: each number has one condition, which also picks its rows."""
