-- Least privilege: each role can do its own work and no more.
grant usage on database <% database %> to role <% database %>_INGEST;
grant usage on database <% database %> to role <% role %>;
grant usage on database <% database %> to role <% database %>_READ;

grant usage on warehouse <% warehouse %> to role <% database %>_INGEST;
grant usage on warehouse <% warehouse %> to role <% role %>;
grant usage on warehouse <% warehouse %> to role <% database %>_READ;
grant usage on warehouse <% warehouse %> to role <% database %>_BILLING;

-- Only the owner of an external table may refresh it.
grant usage on schema <% database %>.lake to role <% database %>_INGEST;
grant usage on integration <% database %>_LAKE to role <% database %>_INGEST;
grant usage on stage <% database %>.lake.lake_stage to role <% database %>_INGEST;
grant usage on file format <% database %>.lake.parquet_files to role <% database %>_INGEST;
grant ownership on all external tables in schema <% database %>.lake
  to role <% database %>_INGEST copy current grants;
grant ownership on all tables in schema <% database %>.lake
  to role <% database %>_INGEST copy current grants;

grant usage on schema <% database %>.lake to role <% role %>;
grant select on all external tables in schema <% database %>.lake to role <% role %>;
grant select on all tables in schema <% database %>.lake to role <% role %>;
grant usage on stage <% database %>.lake.lake_stage to role <% role %>;
grant usage on file format <% database %>.lake.parquet_files to role <% role %>;

grant usage, create table, create view on schema <% database %>.bronze to role <% role %>;
grant usage, create table, create view on schema <% database %>.staging to role <% role %>;
grant usage, create table, create view on schema <% database %>.silver to role <% role %>;
grant usage, create table, create view on schema <% database %>.gold to role <% role %>;

-- Bronze are views over the external tables: who may read them needs no right on the lake.
grant usage on schema <% database %>.bronze to role <% database %>_READ;
grant select on all views in schema <% database %>.bronze to role <% database %>_READ;
grant select on future views in schema <% database %>.bronze to role <% database %>_READ;
grant usage on schema <% database %>.silver to role <% database %>_READ;
grant usage on schema <% database %>.gold to role <% database %>_READ;
grant select on all tables in schema <% database %>.silver to role <% database %>_READ;
grant select on all tables in schema <% database %>.gold to role <% database %>_READ;
grant select on future tables in schema <% database %>.silver to role <% database %>_READ;
grant select on future tables in schema <% database %>.gold to role <% database %>_READ;
