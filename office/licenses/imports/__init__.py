"""Paper licenses come in at the desk: a file is read and checked, its rows are mended, somebody else approves, the worker seals."""
