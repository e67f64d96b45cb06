"""Files that are kept under the SHA-256 of what is in them: uploaded documents, photographs of inspections.

store       what such a store does, whatever it is
naming      which name a digest has in it
folder      a folder: the default
bucket      a bucket of an S3 store, over the house's own client (web/client.py)
settings    the file that describes a bucket
opening     the store that a setting names
checking    whether all is there that a database names
copying     from one store into another
commands    the two of them as commands, which the rooms that have a store offer

Octets are checked against their digest whenever they are read: what was cut off, exchanged or changed is refused, and told.
"""
