-- ingest keeps the external tables in step with the lake, transform builds the models and unloads the marts,
-- read looks at bronze, silver and gold, billing at what the account was billed for. Nothing inherits from another; the administrator inherits from all.
create role if not exists <% database %>_INGEST;
create role if not exists <% role %>;
create role if not exists <% database %>_READ;
create role if not exists <% database %>_BILLING;

grant role <% database %>_INGEST to role sysadmin;
grant role <% role %> to role sysadmin;
grant role <% database %>_READ to role sysadmin;
grant role <% database %>_BILLING to role sysadmin;

grant role <% database %>_INGEST to user <% user %>;
grant role <% role %> to user <% user %>;
-- ./tonearm query asks with the role that can do nothing else.
grant role <% database %>_READ to user <% user %>;
-- ./tonearm cost asks with this one. The two roles show statements and credits of the whole account: revoke
-- them where that is too much, and cost says that it models instead.
grant role <% database %>_BILLING to user <% user %>;
grant database role snowflake.usage_viewer to role <% database %>_BILLING;
grant database role snowflake.governance_viewer to role <% database %>_BILLING;

-- External tables read times without a zone in the session's: theirs is UTC.
alter user <% user %> set timezone = 'UTC';
-- What failed in the middle of a transaction is not kept by the next statement of the session: it fails as well,
-- until the session ends, which takes all of it back.
alter user <% user %> set transaction_abort_on_error = true;
