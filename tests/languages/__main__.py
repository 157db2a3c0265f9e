"""Brings the catalogues in step with the code: what is new has no translation yet, what is gone is gone."""

from tests.languages.texts import write

write()
