"""The embedded network, small enough for tests."""

from maquette.backend.networks.reconstructor import Config

SMALL = Config(
    widths=(8, 16, 32, 64),
    features=8,
    encoder_layers=1,
    triplane_width=64,
    triplane_layers=1,
    triplane_channels=4,
    decoder_width=32,
    decoder_layers=1,
    lifted=8,
)
