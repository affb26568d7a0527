"""The statements of comparisons, as SQL."""

ALL = "select comparison_id from comparison_protocol where version = 1 order by said_at, comparison_id"
PROTOCOLS = "select * from comparison_protocol where comparison_id = $1 order by version"
ADD_PROTOCOL = """
insert into comparison_protocol (comparison_id, version, content, because, note, said_by, said_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
ADD_INCIDENT = """
insert into comparison_incident
  (incident_id, comparison_id, happened_on, gravity, host, cohort, minutes_down, words, said_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
INCIDENTS = """
select * from comparison_incident where comparison_id = $1 and happened_on between $2 and $3
order by happened_on, said_at, incident_id
"""
FRAME = """
select record_id, departement from record
where record_id > $5 and state = 'active' and cohort = any($1::text[]) and departement = any($2::text[])
  and (opened_at at time zone 'Europe/Paris')::date between $3 and $4
order by record_id limit $6
"""
ADD_DRAW = """
insert into comparison_draw (comparison_id, cohort, frame_digest, drawn_by) values ($1, $2, $3, $4)
"""
ADD_STRATUM = """
insert into comparison_stratum (comparison_id, cohort, stratum, frame, drawn) values ($1, $2, $3, $4, $5)
"""
ADD_SAMPLED = """
insert into comparison_sampled (record_id, comparison_id, cohort, stratum)
select record_id, $1, $2, $3 from unnest($4::uuid[]) as r(record_id)
"""
STRATA = "select * from comparison_stratum where comparison_id = $1 order by cohort, stratum"
DIGESTS = "select cohort, frame_digest from comparison_draw where comparison_id = $1 order by cohort"
SAMPLED = "select * from comparison_sampled where comparison_id = $1 order by cohort, stratum, respondent"
ADD_SHEETS = """
insert into comparison_sheet (respondent, comparison_id, cohort, stratum, scores, entered_by)
select r.respondent, $1, r.cohort, r.stratum, r.scores::jsonb, $6
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) as r(respondent, cohort, stratum, scores)
"""
ANSWERS = """
select cohort, stratum, q.key as question, q.value::int as score, count(*)::int as people
from comparison_sheet s, jsonb_each_text(s.scores) q where comparison_id = $1
group by cohort, stratum, q.key, q.value order by cohort, stratum, q.key, q.value
"""
RETURNED = """
select cohort, stratum, count(*)::int as people from comparison_sheet where comparison_id = $1
group by cohort, stratum order by cohort, stratum
"""
ADD_CLOSING = """
insert into comparison_closing (comparison_id, number, facts, figures, report, note, closed_by, closed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
CLOSING = """
select number, facts, figures, report, note, closed_by as by, closed_at as at from comparison_closing
where comparison_id = $1 order by number desc limit 1
"""
ADD_AUDIT = """
insert into comparison_audit (comparison_id, number, signatory, name, checked, note, audited_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
AUDIT = "select number, signatory, name, checked, note, audited_at from comparison_audit where comparison_id = $1"
