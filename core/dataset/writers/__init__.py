"""Writers: one rendered dataset in the formats that others read."""
