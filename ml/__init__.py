"""What photos and recordings of cars say: models, the features that they need, and the words for what they found."""
