-- Counts that costs are divided by: the platform's own, one set a day, or published ones with their source.

create table measured_count (
  data_set    text not null,                         -- 'platform', or the name of what was published
  measure     text not null,
  on_day      date not null,
  host        text not null,
  consortium  text not null,
  region      text not null,
  departement text not null,
  count       bigint not null check (count >= 0),
  note        text not null,
  primary key (data_set, measure, on_day, host, consortium, region, departement)
);
