"""Assets of all kinds as objects of a scene, in the normalised frame."""
