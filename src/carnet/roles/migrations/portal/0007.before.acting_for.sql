-- For whom the person of this session acts at the moment: carnet.web.session.ActingFor. Never in a cookie, never in a URL.
alter table web_session add column acting_for jsonb;
