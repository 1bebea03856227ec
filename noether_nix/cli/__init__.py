"""Parse, call one function, show; no decision is made here."""
