"""Released weights: which there are, fetching them, checking them, reading them."""
