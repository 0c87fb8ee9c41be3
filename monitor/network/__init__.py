"""The network wing: what devices measured, what it adds up to, and what is wrong with it."""
