"""Trains the engine model: extractors that stay as they are, and a small head that recordings apart decide on."""
