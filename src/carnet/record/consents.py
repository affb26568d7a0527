"""What was said of a record and of who accesses it, as far as the asker may see: read together, with one trace.

What the asker may not see is left out as if there were none. A professional always sees what was said of themself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carnet.audit.events import done
from carnet.errors import Unavailable
from carnet.people.caller import ProfessionalCaller
from carnet.people.ins import Ins
from carnet.record.choices import Choices, choices_of
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.decision import decide
from carnet.rights.facts import Facts
from carnet.rights.held import Authorisation, Delegation

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Consents:
    """What the asker may see at `now`; `choices` is None for who may see none."""

    now: datetime
    choices: Choices | None = None
    authorisations: tuple[Authorisation, ...] = ()
    delegations: tuple[Delegation, ...] = ()

    def of(self, professional: str) -> Authorisation | None:
        """What was said of this professional, if the asker may see it."""
        return next((each for each in self.authorisations if each.professional == professional), None)


async def consents_of(asker: Asker, ins: Ins, stores: Stores) -> Consents:
    """All that the asker may see. Raises NotFound, or NotPermitted for who may see nothing of it."""
    async with stores.refusals_traced(asker, Act.SEE_CHOICES) as tracing:
        tracing.record = await stores.record_of(ins)
        for attempt in range(_TRIES):
            known = await stores.known(tracing.record, fresh=attempt > 0)
            facts = stores.facts(known)
            allowed = {act for act in (Act.SEE_CHOICES, Act.SEE_AUTHORISATIONS, Act.SEE_STATUS)
                       if decide(asker.to(act), None, facts).allowed}
            if attempt == 0 and not {Act.SEE_CHOICES, Act.SEE_AUTHORISATIONS} <= allowed:
                continue    # a refusal is told only on what the database says now
            seen = _seen(asker, known, facts, allowed)
            if seen.choices is None and not seen.authorisations and Act.SEE_AUTHORISATIONS not in allowed:
                decide(asker.to(Act.SEE_CHOICES), None, facts).or_raise()
            event = done(
                asker, Act.SEE_CHOICES, known.record, authorisations=len(seen.authorisations),
                delegations=len(seen.delegations))
            if await stores.records.trace((event, known)):
                return seen
        raise Unavailable("the record changes too fast to be read", retry_after_seconds=1)


def _seen(asker: Asker, known: Known, facts: Facts, allowed: set[Act]) -> Consents:
    rights = known.rights
    own = asker.caller.ps_id if isinstance(asker.caller, ProfessionalCaller) else ""
    sees_all = Act.SEE_AUTHORISATIONS in allowed
    sees_choices = Act.SEE_CHOICES in allowed
    return Consents(
        facts.now,
        choices_of(asker.caller, known) if sees_choices else None,
        tuple(rights.authorisations[ps_id] for ps_id in sorted(rights.authorisations)
              if sees_all or (ps_id == own and Act.SEE_STATUS in allowed)),
        tuple(each for each in rights.delegations if facts.is_in_force(each) and (
            sees_all or (sees_choices and each.delegated_by == own))))
