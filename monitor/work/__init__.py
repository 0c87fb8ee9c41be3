"""What is too heavy for a door: jobs, and the processes that hold the models."""
