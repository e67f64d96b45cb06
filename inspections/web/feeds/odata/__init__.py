"""The OData 4.0 feed (OASIS), read only, for Excel and Power BI: three entity sets, and what of the query language they answer."""
