-- Carts without a checkout for half an hour after the last thing done to them. Each view splits a user's events further,
-- until what has the same numbers is one cart; all of them run over the events as they happened.

-- A trip ends with a checkout.
CREATE TEMPORARY VIEW trips AS
SELECT user_id, action, happened,
  SUM(IF(action = 'checkout', 1, 0)) OVER before_now - IF(action = 'checkout', 1, 0) AS trip
FROM user_events
WHERE action IN ('add_to_cart', 'remove_from_cart', 'checkout') AND user_id <> ''
WINDOW before_now AS (PARTITION BY user_id ORDER BY happened ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

-- A visit ends when nothing is done for longer than the timeout.
CREATE TEMPORARY VIEW pauses AS
SELECT *,
  IF(happened > LAG(happened) OVER (PARTITION BY user_id, trip ORDER BY happened) + INTERVAL '30' MINUTE, 1, 0) AS pause
FROM trips;

CREATE TEMPORARY VIEW visits AS
SELECT user_id, action, happened, trip, SUM(pause) OVER before_now AS visit
FROM pauses
WINDOW before_now AS (PARTITION BY user_id, trip ORDER BY happened ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

-- What is in the cart: all that was put in less all that was taken out, and never less than nothing.
CREATE TEMPORARY VIEW balances AS
SELECT *,
  SUM(CASE action WHEN 'add_to_cart' THEN 1 WHEN 'remove_from_cart' THEN -1 ELSE 0 END) OVER before_now AS balance
FROM visits
WINDOW before_now AS (
  PARTITION BY user_id, trip, visit ORDER BY happened ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
);

CREATE TEMPORARY VIEW emptyings AS
SELECT user_id, action, happened, trip, visit,
  IF(action = 'remove_from_cart' AND balance = LEAST(0, MIN(balance) OVER before_now), 1, 0) AS emptied
FROM balances
WINDOW before_now AS (
  PARTITION BY user_id, trip, visit ORDER BY happened ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
);

-- The next cart begins after one was emptied.
CREATE TEMPORARY VIEW carts AS
SELECT *, SUM(emptied) OVER before_now - emptied AS cart
FROM emptyings
WINDOW before_now AS (
  PARTITION BY user_id, trip, visit ORDER BY happened ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
);

-- The session is the clock: it closes when the timeout has passed, also for who never comes back. At the end of a
-- backlog every session closes, so the wall clock is asked too.
SELECT
  user_id,
  CAST(MIN(happened) FILTER (WHERE action = 'add_to_cart') AS TIMESTAMP(3)) AS opened,
  CAST(MAX(happened) AS TIMESTAMP(3)) AS `last`,
  CAST(MAX(happened) + INTERVAL '30' MINUTE AS TIMESTAMP(3)) AS abandoned
FROM carts
GROUP BY user_id, trip, visit, cart, SESSION(happened, INTERVAL '30' MINUTE)
HAVING COUNT(*) FILTER (WHERE action = 'add_to_cart') > 0
  AND COUNT(*) FILTER (WHERE action = 'checkout') = 0
  AND SUM(emptied) = 0
  AND MAX(happened) + INTERVAL '30' MINUTE < CURRENT_TIMESTAMP;
