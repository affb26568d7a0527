"""FHIR: the doors of the platform for software that speaks FHIR R4, after IHE MHD and its French profile PDSm (SPEC 6).

One file per transaction: `iti65_provide`, `iti105_publish`, `iti67_find`, `iti68_retrieve`, `patient`, `metadata`;
the mapping between FHIR and the platform's own nouns in small files beside them. Doors parse, call one use case of
`record`, and answer; they decide nothing. May import: record, rights, documents, people, errors. Touches the world:
requests and answers.
"""
