-- The files that the lake's logs name: the pipeline keeps the list. Which of them are of the newest snapshot
-- (live), and which commit brought each, is in no path: external tables alone cannot tell.
create table if not exists <% database %>.lake.lake_files (
  table_name varchar not null,
  path varchar not null,
  year integer,
  month integer,
  day integer,
  hour integer,
  version bigint not null,
  row_count bigint not null,
  live boolean not null,
  data_change boolean not null
)
comment = 'Files of the lake as its Delta logs name them; path is within the bucket';

create transient table if not exists <% database %>.lake.run_records (
  run_id varchar not null,
  record variant
)
data_retention_time_in_days = 0
comment = 'Records of the runs of the pipeline';
