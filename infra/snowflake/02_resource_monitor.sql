-- A ceiling on credits for each month: told at 75 %, new statements refused at 95 %, running ones ended
-- at 100 %. Made only once: a quota that was raised by hand stays.
create resource monitor if not exists <% database %>_MONITOR with
  credit_quota = <% credits %>
  frequency = monthly
  start_timestamp = immediately
  triggers
    on 75 percent do notify
    on 95 percent do suspend
    on 100 percent do suspend_immediate;
