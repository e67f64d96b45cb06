"""Pages of documents as pictures: drawn on the server, in a process that may use only so much, for whoever may see the document."""
