"""The header of a history that tests compose."""

from __future__ import annotations

from carnet.documents.compose_care import MODEL, TITLE, TYPE
from carnet.documents.compose_header import Letterhead
from carnet.documents.entry import Author, Code, Institution, Person
from carnet.documents.time import Dtm
from tests.running import PATIENT

HEAD = Letterhead(
    unique_id="2.25.123456789^0123456789abcdef", type_code=TYPE, title=TITLE, patient=PATIENT,
    author=Author(
        Person("318003502400041", "1.2.250.1.71.4.2.1", "Historique 1", "", kind="U", id_type="RI"),
        Institution("Assurance Maladie (essai)", "318003502400041"), (),
        (Code("ALIM_AM", "1.2.250.1.213.1.1.4.6", "Alimentation automatique"),)),
    made_at=Dtm.parse("20261121"), care_start=Dtm.parse("20250515"), care_stop=Dtm.parse("20261121"), facility="SA24",
    practice_setting="AMO", templates=(MODEL,))
