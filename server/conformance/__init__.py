"""Whether a linked-data site keeps to the standards that harvesters rely on."""
