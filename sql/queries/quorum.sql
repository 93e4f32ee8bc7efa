-- name: quorum_cast
SELECT given, needed FROM approval_vote_cast($1::uuid, $2::integer,
    decode($3::text, 'hex'), decode($4::text, 'hex'), $5::uuid);

-- name: quorum_state
SELECT p.approvals_needed AS needed, p.author_may_approve,
    approval_is_author(t.id, t.current_version, $2::text) AS is_author,
    t.current_version AS version
FROM tool t CROSS JOIN people_policy p WHERE t.id = $1::uuid;

-- name: quorum_votes
-- For the version that is current, of those who may decide.
SELECT a.username, v.version, rfc3339(v.voted_at) AS voted_at,
    encode(v.powers_digest, 'hex') AS powers_digest
FROM tool t JOIN approval_vote v ON v.tool_id = t.id
    AND v.version = t.current_version
JOIN account a ON a.id = v.account_id AND a.is_active
    AND a.role IN ('reviewer', 'admin')
WHERE t.id = $1::uuid
ORDER BY v.voted_at, a.username LIMIT 100;
