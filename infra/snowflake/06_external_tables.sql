-- Generated from contracts/ by `npm run generate`. Do not edit.
-- Every Parquet file below a folder of the lake; the pipeline refreshes them by changed folder.
create or replace external table <% database %>.lake.plays (
  event_id varchar as (value:event_id::varchar),
  play_id varchar as (value:play_id::varchar),
  user_id varchar as (value:user_id::varchar),
  track_id varchar as (value:track_id::varchar),
  track varchar as (value:track::varchar),
  artist varchar as (value:artist::varchar),
  timestamp timestamp_tz as (value:timestamp::timestamp_tz),
  device varchar as (value:device::varchar),
  source varchar as (value:source::varchar),
  duration bigint as (value:duration::bigint),
  skipped boolean as (value:skipped::boolean),
  album varchar as (value:album::varchar),
  track_duration bigint as (value:track_duration::bigint),
  country varchar as (value:country::varchar),
  shuffle boolean as (value:shuffle::boolean),
  offline boolean as (value:offline::boolean),
  private boolean as (value:private::boolean),
  reason_start varchar as (value:reason_start::varchar),
  reason_end varchar as (value:reason_end::varchar),
  session_id varchar as (value:session_id::varchar),
  genre varchar as (value:genre::varchar),
  _extra varchar as (value:_extra::varchar),
  _topic varchar as (value:_topic::varchar),
  _partition integer as (value:_partition::integer),
  _offset bigint as (value:_offset::bigint),
  _received_at timestamp_tz as (value:_received_at::timestamp_tz),
  _ingested_at timestamp_tz as (value:_ingested_at::timestamp_tz),
  _file varchar as (metadata$filename),
  year integer as (to_number(split_part(split_part(metadata$filename, '/year=', 2), '/', 1))),
  month integer as (to_number(split_part(split_part(metadata$filename, '/month=', 2), '/', 1))),
  day integer as (to_number(split_part(split_part(metadata$filename, '/day=', 2), '/', 1))),
  hour integer as (to_number(split_part(split_part(metadata$filename, '/hour=', 2), '/', 1)))
)
partition by (year, month, day, hour)
location = @<% database %>.lake.lake_stage/plays/
pattern = '.*/hour=[0-9]+/[^/]+[.]parquet'
refresh_on_create = true
auto_refresh = false
file_format = (format_name = '<% database %>.lake.parquet_files')
copy grants
comment = 'A finished listen, skipped or not.';

create or replace external table <% database %>.lake.skips (
  event_id varchar as (value:event_id::varchar),
  play_id varchar as (value:play_id::varchar),
  user_id varchar as (value:user_id::varchar),
  track_id varchar as (value:track_id::varchar),
  track varchar as (value:track::varchar),
  artist varchar as (value:artist::varchar),
  timestamp timestamp_tz as (value:timestamp::timestamp_tz),
  device varchar as (value:device::varchar),
  source varchar as (value:source::varchar),
  duration bigint as (value:duration::bigint),
  skipped boolean as (value:skipped::boolean),
  album varchar as (value:album::varchar),
  track_duration bigint as (value:track_duration::bigint),
  country varchar as (value:country::varchar),
  shuffle boolean as (value:shuffle::boolean),
  offline boolean as (value:offline::boolean),
  private boolean as (value:private::boolean),
  reason_start varchar as (value:reason_start::varchar),
  reason_end varchar as (value:reason_end::varchar),
  session_id varchar as (value:session_id::varchar),
  genre varchar as (value:genre::varchar),
  _extra varchar as (value:_extra::varchar),
  _topic varchar as (value:_topic::varchar),
  _partition integer as (value:_partition::integer),
  _offset bigint as (value:_offset::bigint),
  _received_at timestamp_tz as (value:_received_at::timestamp_tz),
  _ingested_at timestamp_tz as (value:_ingested_at::timestamp_tz),
  _file varchar as (metadata$filename),
  year integer as (to_number(split_part(split_part(metadata$filename, '/year=', 2), '/', 1))),
  month integer as (to_number(split_part(split_part(metadata$filename, '/month=', 2), '/', 1))),
  day integer as (to_number(split_part(split_part(metadata$filename, '/day=', 2), '/', 1))),
  hour integer as (to_number(split_part(split_part(metadata$filename, '/hour=', 2), '/', 1)))
)
partition by (year, month, day, hour)
location = @<% database %>.lake.lake_stage/skips/
pattern = '.*/hour=[0-9]+/[^/]+[.]parquet'
refresh_on_create = true
auto_refresh = false
file_format = (format_name = '<% database %>.lake.parquet_files')
copy grants
comment = 'The moment of skipping.';

create or replace external table <% database %>.lake.likes (
  event_id varchar as (value:event_id::varchar),
  play_id varchar as (value:play_id::varchar),
  user_id varchar as (value:user_id::varchar),
  track_id varchar as (value:track_id::varchar),
  track varchar as (value:track::varchar),
  artist varchar as (value:artist::varchar),
  timestamp timestamp_tz as (value:timestamp::timestamp_tz),
  device varchar as (value:device::varchar),
  source varchar as (value:source::varchar),
  liked boolean as (value:liked::boolean),
  album varchar as (value:album::varchar),
  track_duration bigint as (value:track_duration::bigint),
  country varchar as (value:country::varchar),
  shuffle boolean as (value:shuffle::boolean),
  offline boolean as (value:offline::boolean),
  private boolean as (value:private::boolean),
  reason_start varchar as (value:reason_start::varchar),
  reason_end varchar as (value:reason_end::varchar),
  session_id varchar as (value:session_id::varchar),
  genre varchar as (value:genre::varchar),
  _extra varchar as (value:_extra::varchar),
  _topic varchar as (value:_topic::varchar),
  _partition integer as (value:_partition::integer),
  _offset bigint as (value:_offset::bigint),
  _received_at timestamp_tz as (value:_received_at::timestamp_tz),
  _ingested_at timestamp_tz as (value:_ingested_at::timestamp_tz),
  _file varchar as (metadata$filename),
  year integer as (to_number(split_part(split_part(metadata$filename, '/year=', 2), '/', 1))),
  month integer as (to_number(split_part(split_part(metadata$filename, '/month=', 2), '/', 1))),
  day integer as (to_number(split_part(split_part(metadata$filename, '/day=', 2), '/', 1))),
  hour integer as (to_number(split_part(split_part(metadata$filename, '/hour=', 2), '/', 1)))
)
partition by (year, month, day, hour)
location = @<% database %>.lake.lake_stage/likes/
pattern = '.*/hour=[0-9]+/[^/]+[.]parquet'
refresh_on_create = true
auto_refresh = false
file_format = (format_name = '<% database %>.lake.parquet_files')
copy grants
comment = 'A like, or its withdrawal.';

create or replace external table <% database %>.lake.dead_letters (
  dead_letter_id varchar as (value:dead_letter_id::varchar),
  code varchar as (value:code::varchar),
  field varchar as (value:field::varchar),
  message varchar as (value:message::varchar),
  origin_topic varchar as (value:origin_topic::varchar),
  origin_partition integer as (value:origin_partition::integer),
  origin_offset bigint as (value:origin_offset::bigint),
  origin_key varchar as (value:origin_key::varchar),
  received_at timestamp_tz as (value:received_at::timestamp_tz),
  raw varchar as (value:raw::varchar),
  raw_encoding varchar as (value:raw_encoding::varchar),
  _ingested_at timestamp_tz as (value:_ingested_at::timestamp_tz),
  _file varchar as (metadata$filename),
  year integer as (to_number(split_part(split_part(metadata$filename, '/year=', 2), '/', 1))),
  month integer as (to_number(split_part(split_part(metadata$filename, '/month=', 2), '/', 1))),
  day integer as (to_number(split_part(split_part(metadata$filename, '/day=', 2), '/', 1))),
  hour integer as (to_number(split_part(split_part(metadata$filename, '/hour=', 2), '/', 1)))
)
partition by (year, month, day, hour)
location = @<% database %>.lake.lake_stage/dead_letters/
pattern = '.*/hour=[0-9]+/[^/]+[.]parquet'
refresh_on_create = true
auto_refresh = false
file_format = (format_name = '<% database %>.lake.parquet_files')
copy grants
comment = 'Records that broke their contract, whole, with the reason.';
