"""Where inspections are on the host of the phone app: everything is beneath one prefix, which a proxy hands on as it is."""

PREFIX = "/inspections"
API = f"{PREFIX}/api/v1"
OFFICE_API = f"{PREFIX}/api/office/v1"
STATIC = f"{PREFIX}/static"
MAP = f"{STATIC}/map"
