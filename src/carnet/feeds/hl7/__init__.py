"""HL7 v2 over MLLP: what laboratories, imaging centres and hospitals send when they have no FHIR.

Profile: CI-SIS, *Transmission d'un document CDA-R2 en HL7v2*; consents: PAM-FR 2.11. docs/vendors/hl7.md.
"""
