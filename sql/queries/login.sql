-- name: login_attempt
SELECT login_attempt($1::text, $2::text) AS wait;

-- name: login_success
SELECT login_success($1::text, $2::text);
