"""The device agent: measures or replays, spools, and brings every measurement to the server once."""
