"""The web page: what the API tells, for people with a browser.

Every route says what the same functions tell the JSON API; nothing is worked out here a second
time. To add a page, write ``api/page/<subject>.py`` with routes on ``blueprint.bp``, a template in
``api/templates/page`` that extends ``base.html``, and name the module in ``routes.py``.
"""
