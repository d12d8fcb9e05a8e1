"""What translators need: which texts there are, and catalogues made from their translations."""
