"""Data, losses, the training loop and the evaluation."""
