"""`carnet feed reimbursements`: the health insurer's batches."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import Config, running

CORES = len(os.sched_getaffinity(0))
Files = Annotated[list[Path], typer.Argument(
    help="Batches as CSV or Parquet, or CNAM-HR documents.", exists=True, dir_okay=False, readable=True)]
Partner = Annotated[str, typer.Option(help="Whose they are: the id of one of the settings' partners.")]


Processes = Annotated[int, typer.Option(
    min=1, help="How many bring persons at once; they share the ceiling of keys. Default: one for each core.")]


def reimbursements(
    files: Files, partner: Partner = "assurance-maladie", processes: Processes = CORES,
    config: Config = None,
) -> None:
    """Bring histories of reimbursements to records: one live document a person, replaced at each batch."""
    from rich.console import Console

    from carnet.roles.reimbursements import feed_reimbursements

    sys.exit(feed_reimbursements(files, partner, running(config), Console(), processes=processes))
