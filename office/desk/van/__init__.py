"""The van at the desk: laptops that a manager enrols, what they brought, and the addresses that laptops call."""
