"""A ray caster in torch: pictures of furniture made on the device that trains on them."""
