"""The license office: services, applications, payments, messages and papers, and its desk on the web."""
