"""What is said on the wire: the envelope, what clients say, what we say."""
