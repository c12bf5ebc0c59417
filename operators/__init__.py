"""Every verb a person can click, one file per family."""
