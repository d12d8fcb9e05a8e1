"""What there is to harvest, described for machines: VoID, DCAT-AP, schema.org."""
