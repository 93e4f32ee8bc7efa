-- Who may do what in the database: applied after the migrations, every time,
-- by the owner role.  The roles themselves are made by whoever set the cluster
-- up (packaging); they own nothing.
--
-- mcpbox_admin    the pool behind the web page and the API
-- mcpbox_gateway  the pool that models talk to: it can't write a decision, so
--                 that "a person approves" survives a bug in our C
-- mcpbox_jobs     timed work: nothing but the functions made for it

REVOKE ALL ON ALL TABLES IN SCHEMA mcpbox
    FROM PUBLIC, mcpbox_admin, mcpbox_gateway, mcpbox_jobs;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA mcpbox
    FROM PUBLIC, mcpbox_admin, mcpbox_gateway, mcpbox_jobs;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA mcpbox
    FROM PUBLIC, mcpbox_admin, mcpbox_gateway, mcpbox_jobs;
REVOKE ALL ON SCHEMA mcpbox
    FROM PUBLIC, mcpbox_admin, mcpbox_gateway, mcpbox_jobs;

GRANT USAGE ON SCHEMA mcpbox TO mcpbox_admin, mcpbox_gateway, mcpbox_jobs;
GRANT EXECUTE ON FUNCTION mcpbox.rfc3339(timestamptz),
    mcpbox.audit_append(text, text, text, text, text, text, json, json)
    TO mcpbox_admin, mcpbox_gateway, mcpbox_jobs;

-- --- audit: append by function, read by people --------------------------------

GRANT SELECT ON mcpbox.audit TO mcpbox_admin;
GRANT EXECUTE ON FUNCTION mcpbox.audit_field(text),
    mcpbox.audit_hash(mcpbox.audit), mcpbox.audit_broken_at()
    TO mcpbox_admin;

-- --- servers, tools, versions ---------------------------------------------------

GRANT SELECT, DELETE ON mcpbox.server, mcpbox.tool
    TO mcpbox_admin, mcpbox_gateway;
GRANT INSERT (name, description, default_timeout_ms, created_by),
    UPDATE (description, default_timeout_ms, status, updated_at)
    ON mcpbox.server TO mcpbox_admin;
GRANT INSERT (name, description, default_timeout_ms, created_by),
    UPDATE (status, updated_at)
    ON mcpbox.server TO mcpbox_gateway;
GRANT INSERT (server_id, name, kind, created_by),
    UPDATE (enabled, current_version, review, requested_at, requested_by,
	publish_notes, updated_at)
    ON mcpbox.tool TO mcpbox_admin, mcpbox_gateway;
GRANT SELECT, INSERT ON mcpbox.tool_version TO mcpbox_admin, mcpbox_gateway;
GRANT SELECT ON mcpbox.tool_state TO mcpbox_admin, mcpbox_gateway;

-- --- decisions --------------------------------------------------------------------

GRANT SELECT ON mcpbox.approval, mcpbox.rejection, mcpbox.decision
    TO mcpbox_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON mcpbox.approval, mcpbox.rejection
    TO mcpbox_admin;
GRANT SELECT, INSERT ON mcpbox.decision TO mcpbox_admin;

-- --- secrets ------------------------------------------------------------------------
-- The gateway makes empty places and reads what approved tools may use, for
-- their calls (view run_secret); it sees no other value and writes none.

GRANT SELECT, DELETE ON mcpbox.secret TO mcpbox_admin;
GRANT SELECT (id, server_id, name, description, set_by, set_at, created_by,
    created_at, updated_at) ON mcpbox.secret TO mcpbox_gateway;
GRANT INSERT (server_id, name, description, created_by) ON mcpbox.secret
    TO mcpbox_admin, mcpbox_gateway;
GRANT UPDATE (sealed, set_by, set_at, updated_at) ON mcpbox.secret
    TO mcpbox_admin;
GRANT SELECT ON mcpbox.run_secret TO mcpbox_admin, mcpbox_gateway;
GRANT EXECUTE ON FUNCTION mcpbox.run_secrets(uuid, text[])
    TO mcpbox_admin, mcpbox_gateway;

-- --- network access -----------------------------------------------------------------
-- The gateway asks; whether something is granted, and into private address
-- space, only the admin pool can say.

GRANT SELECT ON mcpbox.network_access, mcpbox.run_grant
    TO mcpbox_admin, mcpbox_gateway;
GRANT INSERT (server_id, tool_id, host, port, justification, source,
    requested_by) ON mcpbox.network_access TO mcpbox_admin, mcpbox_gateway;
GRANT INSERT (private, status, decided_by, decided_at),
    UPDATE (private, status, decided_by, decided_at, reason), DELETE
    ON mcpbox.network_access TO mcpbox_admin;

-- --- kills: written by triggers, read by who tells sandboxd ---------------------------

GRANT SELECT ON mcpbox.kill_order TO mcpbox_admin;

-- --- limits -------------------------------------------------------------------------

GRANT SELECT ON mcpbox.run_limit TO mcpbox_admin, mcpbox_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON mcpbox.limit_set TO mcpbox_admin;

-- --- runs ---------------------------------------------------------------------------

GRANT SELECT, INSERT ON mcpbox.run_log TO mcpbox_admin;
GRANT INSERT ON mcpbox.run_log TO mcpbox_gateway;
GRANT EXECUTE ON FUNCTION mcpbox.maintain() TO mcpbox_jobs;

-- --- accounts (migration 0002) ----------------------------------------------
-- The gateway's role may ask whether one access token's session lives, and
-- nothing else: no password hash, no session, no list of people.  Nobody
-- deletes sessions; maintain_accounts() forgets what is over.

GRANT SELECT ON mcpbox.account, mcpbox.session, mcpbox.refresh_token,
    mcpbox.setup_done TO mcpbox_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON mcpbox.login_failure TO mcpbox_admin;
GRANT INSERT (username, password_hash, role) ON mcpbox.account
    TO mcpbox_admin;
GRANT UPDATE (password_hash, password_version, role, is_active,
    last_login_at) ON mcpbox.account TO mcpbox_admin;
GRANT INSERT (account_id) ON mcpbox.setup_done TO mcpbox_admin;
GRANT INSERT (account_id, kind, cookie_hash, password_version, ip, user_agent,
    expires_at) ON mcpbox.session TO mcpbox_admin;
GRANT UPDATE (cookie_hash, password_version, last_seen_at, revoked_at,
    revoked_why) ON mcpbox.session TO mcpbox_admin;
GRANT INSERT (hash, session_id, expires_at), UPDATE (used_at)
    ON mcpbox.refresh_token TO mcpbox_admin;
GRANT EXECUTE ON FUNCTION
    mcpbox.login_count(text, text, integer, interval),
    mcpbox.login_attempt(text, text), mcpbox.login_success(text, text),
    mcpbox.token_state(uuid, uuid, integer) TO mcpbox_admin;
GRANT EXECUTE ON FUNCTION mcpbox.token_state(uuid, uuid, integer)
    TO mcpbox_gateway;

-- --- sessions of MCP clients (migration 0007) ---------------------------------
-- The gateway's own; nobody else has business with them.  The rows that are
-- over are removed by maintain_mcp().

GRANT SELECT, INSERT, UPDATE, DELETE ON mcpbox.mcp_session,
    mcpbox.mcp_subscription, mcpbox.mcp_worker, mcpbox.mcp_stream,
    mcpbox.mcp_event, mcpbox.mcp_ask TO mcpbox_gateway;
GRANT EXECUTE ON FUNCTION mcpbox.mcp_worker_alive(uuid),
    mcpbox.mcp_worker_lease(uuid),
    mcpbox.mcp_session_open(bytea, text, text, text, json, integer, uuid),
    mcpbox.mcp_session_listen(bigint, uuid, bigint, boolean),
    mcpbox.mcp_stream_append(bigint, text, uuid, text, integer, text[],
	boolean),
    mcpbox.mcp_stream_follow(bigint, text, bigint) TO mcpbox_gateway;
GRANT EXECUTE ON FUNCTION mcpbox.maintain_mcp() TO mcpbox_jobs;
-- --- the search (migration 0010) ---------------------------------------------
-- The copy is kept by triggers; nobody else writes it.

GRANT SELECT ON mcpbox.tool_index, mcpbox.tool_word
    TO mcpbox_admin, mcpbox_gateway;
GRANT EXECUTE ON FUNCTION mcpbox.search_terms(text),
    mcpbox.search_similar(text),
    mcpbox.search_params(json), mcpbox.search_split(text),
    mcpbox.search_round(tsquery, tsquery, tsquery, tsquery, text, integer,
	integer, tsquery, uuid[], real, text, bigint, text),
    mcpbox.search_page(text, boolean, real, text, bigint, text),
    mcpbox.search_mark(regconfig, text, boolean, tsquery, text)
    TO mcpbox_admin, mcpbox_gateway;

-- --- tasks of MCP clients (migration 0013) --------------------------------------
-- The gateway makes and ends them; people see that they are there, not what
-- they brought, and can end them.

GRANT SELECT ON mcpbox.task TO mcpbox_gateway;
GRANT INSERT (hash, principal, caller, request_id, tool_id, server_id,
    tool_name, version, digest, poll_ms, ttl_ms, expires_at, worker,
    held_until), UPDATE (status, status_message, requests, answers, asked,
    result, error, updated_at, held_until) ON mcpbox.task TO mcpbox_gateway;
GRANT SELECT (id, principal, caller, request_id, tool_id, server_id, tool_name,
    version, status, live, status_message, requests, created_at, updated_at,
    expires_at) ON mcpbox.task TO mcpbox_admin;
GRANT EXECUTE ON FUNCTION mcpbox.task_lease(), mcpbox.task_lost(timestamptz),
    mcpbox.task_create(bytea, text, text, text, uuid, uuid, text, integer,
	bytea, integer, bigint, uuid, bigint, bigint),
    mcpbox.task_update(bytea, text, json),
    mcpbox.task_ask(bigint, uuid, json),
    mcpbox.task_finish(bigint, uuid, text, text, json, json),
    mcpbox.task_end(bigint, text), mcpbox.task_fail_lost(bigint)
    TO mcpbox_gateway;
GRANT EXECUTE ON FUNCTION mcpbox.task_stop(bigint, text) TO mcpbox_admin;
GRANT EXECUTE ON FUNCTION mcpbox.maintain_tasks() TO mcpbox_jobs;
-- --- people (migration 0016) --------------------------------------------------
-- The gateway's role may ask about one API token that it was given, and
-- nothing else.

GRANT SELECT ON mcpbox.people_policy, mcpbox.invite, mcpbox.totp,
    mcpbox.recovery_code, mcpbox.api_token, mcpbox.approval_vote,
    mcpbox.audit_head TO mcpbox_admin;
GRANT UPDATE (author_may_approve, approvals_needed, admins_need_totp,
    updated_by, updated_at) ON mcpbox.people_policy TO mcpbox_admin;
GRANT DELETE ON mcpbox.account TO mcpbox_admin;
GRANT INSERT (kind, token_hash, role, account_id, note, remove_totp,
    created_by, expires_at), UPDATE (used_at, account_id), DELETE
    ON mcpbox.invite TO mcpbox_admin;
GRANT INSERT (account_id, sealed), UPDATE (sealed, confirmed_at, last_step,
    created_at), DELETE ON mcpbox.totp TO mcpbox_admin;
GRANT INSERT (account_id, hash), UPDATE (used_at), DELETE
    ON mcpbox.recovery_code TO mcpbox_admin;
GRANT INSERT (account_id, name, prefix, hash, scopes, role, expires_at),
    UPDATE (revoked_at) ON mcpbox.api_token TO mcpbox_admin;
GRANT SELECT, INSERT (account_id, address), UPDATE (seen_at)
    ON mcpbox.login_known TO mcpbox_admin;
GRANT EXECUTE ON FUNCTION mcpbox.account_must_enrol(uuid, text),
    mcpbox.login_is_known(text, text), mcpbox.actor_account(text),
    mcpbox.approval_is_author(uuid, integer, text),
    mcpbox.approval_votes(uuid, integer, bytea, bytea),
    mcpbox.approval_vote_cast(uuid, integer, bytea, bytea, uuid)
    TO mcpbox_admin;
GRANT EXECUTE ON FUNCTION mcpbox.api_token_use(bytea, text)
    TO mcpbox_admin, mcpbox_gateway;
-- --- records (migration 0018) ------------------------------------------------
-- People read the log; the author of a tool reads its runs by a function that
-- shows no more than that.

GRANT SELECT ON mcpbox.run_name, mcpbox.run_stat, mcpbox.run_stat_at,
    mcpbox.run_count TO mcpbox_admin;
GRANT EXECUTE ON FUNCTION mcpbox.activity_type(text),
    mcpbox.activity_text(text, text, text), mcpbox.like_part(text),
    mcpbox.run_log_where(json),
    mcpbox.run_log_among(text, text[], text, integer),
    mcpbox.run_log_page(json, integer), mcpbox.run_level(text),
    mcpbox.run_failed(text),
    mcpbox.run_outcomes(text), mcpbox.run_bucket(timestamptz),
    mcpbox.run_callers(), mcpbox.activity_of_run(mcpbox.run_log),
    mcpbox.activity_of_audit(mcpbox.audit), mcpbox.activity_has_runs(json),
    mcpbox.activity_has_audit(json), mcpbox.activity_where(json),
    mcpbox.activity_trail(json, text, integer),
    mcpbox.activity_page(json, integer), mcpbox.activity_now(),
    mcpbox.activity_between(json, text, text, bigint, bigint, integer),
    mcpbox.run_log_forget(integer, integer) TO mcpbox_admin;
GRANT EXECUTE ON FUNCTION mcpbox.run_log_of_tool(uuid, integer)
    TO mcpbox_admin, mcpbox_gateway;
GRANT EXECUTE ON FUNCTION mcpbox.run_stat_roll(),
    mcpbox.maintain_records(integer) TO mcpbox_jobs;

-- --- review (migration 0017) ---------------------------------------------------
-- The gateway writes its side of the conversation, and asks the policy; what
-- the policy is, an admin says, and whether it decides, its function.

GRANT SELECT ON mcpbox.review_index, mcpbox.review_comment,
    mcpbox.approval_policy TO mcpbox_admin, mcpbox_gateway;
GRANT INSERT (tool_id, version, line, reply_to, body, author)
    ON mcpbox.review_comment TO mcpbox_admin, mcpbox_gateway;
GRANT INSERT (from_reviewer), UPDATE (resolved_by, resolved_at)
    ON mcpbox.review_comment TO mcpbox_admin;
GRANT UPDATE (tool_mode, network_mode, updated_by, updated_at)
    ON mcpbox.approval_policy TO mcpbox_admin;
GRANT EXECUTE ON FUNCTION mcpbox.literal(text),
    mcpbox.approval_auto(uuid, integer, bytea, bytea, json, text, text, text),
    mcpbox.network_auto(uuid, text, text, text)
    TO mcpbox_admin, mcpbox_gateway;
