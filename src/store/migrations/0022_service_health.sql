-- Up Migration

-- Messages that did not arrive, for the page that shows how the service is: few among millions.
create index outbound_dead on outbound (created_at) where state in ('failed', 'unknown');
