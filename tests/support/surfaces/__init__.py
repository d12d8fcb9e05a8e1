"""Every surface that shows numbers of transfers, and how it is compared with the tables."""
