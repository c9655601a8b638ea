-- How Snowflake reaches the bucket: an AWS role that it may assume, for the lake's folder only. After the
-- first run `describe integration` shows the principal that the role has to trust.
create storage integration if not exists <% database %>_LAKE
  type = external_stage
  storage_provider = 's3'
  enabled = true
  storage_aws_role_arn = '<% storage_role %>'
  storage_allowed_locations = ('<% lake %>');

create file format if not exists <% database %>.lake.parquet_files
  type = parquet
  use_logical_type = true;

create stage if not exists <% database %>.lake.lake_stage
  url = '<% lake %>'
  storage_integration = <% database %>_LAKE
  file_format = (format_name = '<% database %>.lake.parquet_files');
