"""Roadpulse: measures mobile networks live and diagnoses cars by phone."""
