"""Transfer paths: questions, the search over the hop arrays, and answers with their evidence."""
