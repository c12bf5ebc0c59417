"""Pictures: decoding, cut-out and framing."""
