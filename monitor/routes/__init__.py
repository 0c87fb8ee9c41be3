"""The HTTP door: routes shelved by subject, one guard in front of all."""
