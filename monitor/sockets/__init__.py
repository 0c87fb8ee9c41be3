"""The one endpoint /v1/stream: sockets of devices and people, their verbs shelved by subject."""
