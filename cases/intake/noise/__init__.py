"""What is no content: one module a kind of noise (pure)."""
