-- When the person of this session proved who they are, if their identity provider said: breaking the glass asks how long ago.
alter table web_session add column authenticated_at timestamptz;
-- The secret connection of a minor, for this patient in this session only.
alter table web_patient_handle add column is_secret boolean not null default false;
