"""The freee side: one request (hook.py), the pair of tokens (tokens.py), one listing with all its pages (listing.py)."""
