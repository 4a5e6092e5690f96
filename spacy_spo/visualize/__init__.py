"""Pictures, pages, plots and tables."""
