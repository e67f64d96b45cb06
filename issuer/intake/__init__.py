"""From an office's file to checked licenses and refusals, in one pass.

    tables (delimited, workbooks, features) -> Row -> rows.Rules -> Entry | Refusal -> refusals (the rejects file)

A file that cannot be read at all raises IntakeError; a bad row is refused and the rest of the file goes on.
"""
