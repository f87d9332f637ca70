-- How often each product was put into carts: by the minute, and over the quarter of an hour that ends with it.
CREATE TEMPORARY VIEW per_minute AS
SELECT product, window_start, window_time, COUNT(*) AS added
FROM TABLE(TUMBLE(TABLE user_events, DESCRIPTOR(happened), INTERVAL '1' MINUTE))
WHERE action = 'add_to_cart' AND product <> '' AND user_id <> ''
GROUP BY product, window_start, window_end, window_time;

SELECT
  product,
  DATE_FORMAT(window_start, 'yyyy-MM-dd''T''HH:mm''Z''') AS `minute`,
  added AS `count`,
  SUM(added) OVER (
    PARTITION BY product ORDER BY window_time RANGE BETWEEN INTERVAL '14' MINUTE PRECEDING AND CURRENT ROW
  ) AS sliding
FROM per_minute;
