-- The events of the shop, as both queries read them: from the oldest to what is there now.
-- For a stream that goes on, leave 'scan.bounded.mode' out.
CREATE TABLE user_events (
  user_id STRING,
  action STRING,
  product STRING,
  ts BIGINT,                                                      -- ms since 1970
  recorded TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  -- A clock that is more than a minute ahead or a day behind is not believed: the record's own time counts.
  happened AS CASE
    WHEN TIMESTAMPDIFF(SECOND, recorded, TO_TIMESTAMP_LTZ(ts, 3)) BETWEEN -86400 AND 60 THEN TO_TIMESTAMP_LTZ(ts, 3)
    ELSE recorded
  END,
  WATERMARK FOR happened AS happened - INTERVAL '10' SECOND       -- of each partition; what comes later is dropped
) WITH (
  'connector' = 'kafka',
  'topic' = 'user-events',
  'properties.bootstrap.servers' = '127.0.0.1:9092',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'json',
  'json.ignore-parse-errors' = 'true'
);
