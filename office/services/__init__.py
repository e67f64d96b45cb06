"""The rules of the office as data: 42 services, their fees, deadlines and states. Pure: no database, web or clock."""
