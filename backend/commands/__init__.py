"""One module per shell command, each with ``add_arguments(parser)`` and ``run(args)``."""
