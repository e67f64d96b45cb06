"""Enforcement in the office: it seals the notices that inspections approves, decides its proposals, and takes in citizens' objections.

What a notice is about and where it stands, inspections' database says; the seal, the decisions and the objections are kept here first and
then handed over, once however often they are sent.
"""
