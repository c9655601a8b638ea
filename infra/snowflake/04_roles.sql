-- ingest keeps the external tables in step with the lake, transform builds the models and unloads the marts,
-- read looks at silver and gold. Nothing inherits from another; the administrator inherits from all.
create role if not exists <% database %>_INGEST;
create role if not exists <% role %>;
create role if not exists <% database %>_READ;

grant role <% database %>_INGEST to role sysadmin;
grant role <% role %> to role sysadmin;
grant role <% database %>_READ to role sysadmin;

grant role <% database %>_INGEST to user <% user %>;
grant role <% role %> to user <% user %>;
-- ./tonearm query asks with the role that can do nothing else.
grant role <% database %>_READ to user <% user %>;

-- External tables read times without a zone in the session's: theirs is UTC.
alter user <% user %> set timezone = 'UTC';
