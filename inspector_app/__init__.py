"""The inspector's tools."""
