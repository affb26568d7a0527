"""The pages of the portal: a patient's record, a professional's desk. French first, English too.

A view asks the record room and says who may come; a presenter turns what came back into words, dates and order; a
template gives it shape and decides nothing. Every page works without script and by keyboard; nothing is fetched from
elsewhere.
May import: every room below (errors to record). Only `app`, the views, `login`, `client` and `store` touch the world.
"""
