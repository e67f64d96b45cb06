"""Where inspections are on the host of the phone app: everything is beneath one prefix, which a proxy hands on as it is."""

PREFIX = "/inspections"
PROGRAMS = f"{PREFIX}/api"  # whoever asks beneath it reads JSON
API = f"{PREFIX}/api/v1"
DATA = f"{PREFIX}/api/data/v1"  # of other programs
ODATA = f"{PREFIX}/api/odata/v4"
OFFICE_API = f"{PREFIX}/api/office/v1"
STATIC = f"{PREFIX}/static"
MAP = f"{STATIC}/map"
