"""What stands against software of an organisation, and against who acts for one, because of what was said there.

docs/rights.md, section 3, rules 10 to 12. What a patient said at one organisation holds for it alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from carnet.people.caller import OrganisationCaller, ProfessionalCaller
from carnet.rights.access import Access, Act
from carnet.rights.facts import Facts
from carnet.rights.held import Choice
from carnet.rights.reasons import Reason
from carnet.rights.who_may import FEEDING, READING


def about_the_organisation(access: Access, facts: Facts) -> Iterator[Reason]:
    """Every reason against this access because of the organisation that it is made for.

    An authorisation takes none of them away: whom the patient trusts elsewhere, they said no to here.
    """
    if not facts.rights.said_there and access.act is not Act.SAY_TO_ORGANISATION:
        return      # nothing was said anywhere, as in most records
    match access.caller:
        case OrganisationCaller(struct_id=organisation):
            if access.act is Act.SAY_TO_ORGANISATION and access.target != organisation:
                yield Reason.ONLY_FOR_ONESELF
        case ProfessionalCaller(organisation=str(organisation)):
            if access.act in READING and facts.rights.is_opposed_there(organisation, Choice.CONSULTATION):
                yield Reason.CONSULTATION_OPPOSED_THERE
        case _:
            return
    if access.act in FEEDING and facts.rights.is_opposed_there(organisation, Choice.FEEDING):
        yield Reason.FEEDING_OPPOSED_THERE
