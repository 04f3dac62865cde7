"""The web processes' database backend: Django's own for Postgres, which stops waiting when the server has frozen."""
