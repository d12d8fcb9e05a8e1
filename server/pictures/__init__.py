"""Pictures made on the server: each as SVG and PNG at an address of its own, with its table as CSV."""
