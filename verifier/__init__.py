"""The public web service: a page for people, an API for programs, the published files for everybody.

It holds no secret and no database: signed files and a pinned root are all it needs, so it scales by copying.
Import `verifier.app.create_app` and `verifier.settings.Settings`: the package itself loads no web framework, so that
`khatm verify` starts quickly.
"""
