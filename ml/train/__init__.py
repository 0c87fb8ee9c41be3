"""Makes the models again from data; nothing that runs imports it."""
