"""Who is there and what they may do: accounts, devices, tokens, the trail of changes."""
