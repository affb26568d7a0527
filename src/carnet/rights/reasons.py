"""Reasons against an access. Each is one rule of docs/rights.md and one row of docs/law.md; `words.py` says them."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why not."""

    NO_RECORD = "no_record"
    RECORD_ACTIVE = "record_active"
    RECORD_SUSPENDED = "record_suspended"
    RECORD_CLOSED = "record_closed"
    HOLDER_DECEASED = "holder_deceased"

    NOT_THE_HOLDER = "not_the_holder"
    ONLY_THE_HOLDER = "only_the_holder"
    HOLDER_IS_REPRESENTED = "holder_is_represented"
    SOFTWARE_DOES_NOT_READ = "software_does_not_read"

    BLOCKED_BY_PATIENT = "blocked_by_patient"
    NO_AUTHORISATION = "no_authorisation"
    AUTHORISATION_EXPIRED = "authorisation_expired"
    CONSULTATION_OPPOSED = "consultation_opposed"
    FEEDING_OPPOSED = "feeding_opposed"
    CONSULTATION_OPPOSED_THERE = "consultation_opposed_there"
    FEEDING_OPPOSED_THERE = "feeding_opposed_there"
    ONLY_FOR_ONESELF = "only_for_oneself"
    TARGET_IS_BLOCKED = "target_is_blocked"

    MODE_NOT_OFFERED = "mode_not_offered"
    MODE_ONLY_READS = "mode_only_reads"
    MODE_NEEDED = "mode_needed"
    BREAK_THE_GLASS_OPPOSED = "break_the_glass_opposed"
    REGULATION_CENTRE_OPPOSED = "regulation_centre_opposed"
    NOT_A_REGULATION_CENTRE = "not_a_regulation_centre"
    EMERGENCY_NOT_OPENED = "emergency_not_opened"
    LOGIN_TOO_OLD = "login_too_old"
    PATIENT_CEILING_REACHED = "patient_ceiling_reached"
    SECOND_PERSON_NEEDED = "second_person_needed"

    SECRET_NEEDS_A_MINOR = "secret_needs_a_minor"     # noqa: S105
    NOT_IN_A_SECRET_CONNECTION = "not_in_a_secret_connection"     # noqa: S105
    SECRET_DEPOSITS_ONLY = "secret_deposits_only"     # noqa: S105

    TYPE_NOT_WRITTEN = "type_not_written"
    TYPE_NOT_FOR_PATIENTS = "type_not_for_patients"
    ONLY_PROFESSIONALS_HIDE = "only_professionals_hide"

    DELETED = "deleted"
    MASKED_FROM_PROFESSIONALS = "masked_from_professionals"
    NOT_YET_ANNOUNCED = "not_yet_announced"
    HIDDEN_FROM_REPRESENTATIVES = "hidden_from_representatives"
    TYPE_NOT_OPEN = "type_not_open"
    NOT_THE_AUTHOR = "not_the_author"
    FORBIDDEN_PAIR = "forbidden_pair"


ABOUT_READING = frozenset({
    Reason.NO_AUTHORISATION, Reason.AUTHORISATION_EXPIRED, Reason.CONSULTATION_OPPOSED, Reason.BLOCKED_BY_PATIENT,
    Reason.SOFTWARE_DOES_NOT_READ, Reason.BREAK_THE_GLASS_OPPOSED, Reason.REGULATION_CENTRE_OPPOSED,
    Reason.NOT_A_REGULATION_CENTRE, Reason.EMERGENCY_NOT_OPENED, Reason.DELETED, Reason.MASKED_FROM_PROFESSIONALS,
    Reason.NOT_YET_ANNOUNCED, Reason.HIDDEN_FROM_REPRESENTATIVES, Reason.TYPE_NOT_OPEN,
    Reason.CONSULTATION_OPPOSED_THERE,
})
"""Held against an act on a document, these would reveal that it exists: the answer is that there is none."""
