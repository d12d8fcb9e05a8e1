"""Where a reader reports that something is wrong, with the table row it stands in."""
