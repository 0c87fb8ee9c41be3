"""The garage wing: what drivers show, say and let hear of their cars, and what it comes to."""
