"""`carnet feed`: what brings documents to records from software that has no FHIR. One file for each channel."""

from __future__ import annotations

import typer

from carnet.roles.commands import (
    feed_figures,
    feed_folder,
    feed_hl7,
    feed_mail,
    feed_messages,
    feed_reimbursements,
)

app = typer.Typer(no_args_is_help=True, help="Feeds: messages, mail and files that bring documents to records.")
app.command("folder")(feed_folder.folder)
app.command("hl7")(feed_hl7.hl7)
app.command("mail")(feed_mail.mail)
app.command("reimbursements")(feed_reimbursements.reimbursements)
app.command("scoreboard")(feed_figures.scoreboard)
app.command("silent")(feed_figures.silent)
app.command("recount")(feed_figures.recount)
app.add_typer(feed_messages.app, name="messages")
