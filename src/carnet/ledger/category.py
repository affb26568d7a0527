"""Cost categories: what a euro bought, in sixteen words, and what its unit cost is divided by. Nothing is looked up."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """One of the sixteen of a follow-up to the cent: what the first programme paid for and could not tell apart."""

    GOVERNANCE = "governance"                   # programme team, lent staff, consultants
    STUDIES = "studies"                         # studies and experiments
    SOFTWARE = "software"                       # building the portal
    HOSTING = "hosting"                         # hosting and operation
    SECURITY = "security"                       # identity and security: cards, certificates, audits
    INTEROPERABILITY = "interoperability"       # certification, test tools
    PROFESSIONAL_SOFTWARE = "professional_software"
    HOSPITAL_SYSTEMS = "hospital_systems"
    REGIONAL_PROJECTS = "regional_projects"     # regional platforms, calls for projects
    FEEDING_INCENTIVES = "feeding_incentives"   # payments per document
    TRAINING = "training"                       # change management, training
    COMMUNICATION = "communication"             # letters, campaigns
    SUPPORT = "support"                         # hotline, enrolment desks
    INDUCED = "induced"                         # time of professionals to open and to feed
    CONVERGING_PROJECTS = "converging_projects"  # reimbursement history, pharmacy record, cancer record
    MIGRATION = "migration"                     # decommissioning, migration


UNIT_DRIVERS = {
    Category.GOVERNANCE: "FTE-month", Category.STUDIES: "site", Category.SOFTWARE: "feature",
    Category.HOSTING: "record-month", Category.SECURITY: "identity", Category.INTEROPERABILITY: "software",
    Category.PROFESSIONAL_SOFTWARE: "licence", Category.HOSPITAL_SYSTEMS: "establishment",
    Category.REGIONAL_PROJECTS: "project", Category.FEEDING_INCENTIVES: "document", Category.TRAINING: "hour",
    Category.COMMUNICATION: "message", Category.SUPPORT: "contact", Category.INDUCED: "minute",
    Category.CONVERGING_PROJECTS: "key", Category.MIGRATION: "record",
}
