-- The smallest size; it sleeps after a minute without work and wakes by itself.
create warehouse if not exists <% warehouse %> with
  warehouse_size = 'XSMALL'
  auto_suspend = 60
  auto_resume = true
  initially_suspended = true;

alter warehouse <% warehouse %> set
  auto_suspend = 60
  auto_resume = true
  resource_monitor = <% database %>_MONITOR
  statement_timeout_in_seconds = 3600;
