#!/bin/bash
# Prints mcpbox.conf(5) from the programs' own tables of settings.
#
#	packaging/manual.sh BIN > fcgi/mcpbox.conf.5
set -euo pipefail
bin=${1:?usage: packaging/manual.sh BIN}

cat <<'EOF'
.\" Made by packaging/manual.sh from the programs' tables: do not edit.
.Dd November 24, 2026
.Dt MCPBOX.CONF 5
.Os
.Sh NAME
.Nm mcpbox.conf
.Nd settings of mcpbox
.Sh DESCRIPTION
The settings of an instance are read from
.Pa etc/mcpbox.conf
in its folder, and from the environment, which wins.
The file holds lines of
.Ql NAME = value ;
a line that begins with
.Ql #
is a comment.
For each
.Ar NAME ,
.Ar NAME Ns Ev _FILE
names a file that holds the value, for secrets.
A name that begins with
.Ql MCPBOX_
and is not listed here is an error.
.Sh PAGE, API AND MCP
Read by
.Xr mcpbox-fcgi 8 .
EOF
"$bin/mcpbox-fcgi" --mdoc
cat <<'EOF'
.Sh SANDBOX
Read by
.Xr mcpbox-sandboxd 8 .
EOF
"$bin/mcpbox-sandboxd" --mdoc
cat <<'EOF'
.Sh NETWORK
Read by
.Xr mcpbox-egress 8 .
EOF
"$bin/mcpbox-egress" --mdoc
cat <<'EOF'
.Sh INSTANCE
Read by
.Pa packaging/instance.sh .
.Bl -tag -width Ds
.It Ev MCPBOX_BUILD
Which build to run: release, debug, asan or cov
(default release).
.It Ev MCPBOX_BIN
Use the programs of this folder, build nothing.
.It Ev MCPBOX_TLS_CERT , MCPBOX_TLS_KEY
PEM files: HTTPS, HTTP/2 and HSTS on both listeners.
.It Ev MCPBOX_NGINX_RATE_LOGIN
Sign-ins and setups by address
(default 120r/m).
.It Ev MCPBOX_NGINX_RATE_API
Requests to the API by address
(default 200r/s).
.It Ev MCPBOX_NGINX_RATE_MCP
Requests to
.Pa /mcp
by address
(default 1000r/s).
.El
.Sh FILES
.Bl -tag -width Ds
.It Pa etc/mcpbox.conf
In the instance folder
.Ev MCPBOX_HOME .
.El
.Sh SEE ALSO
.Xr mcpbox-egress 8 ,
.Xr mcpbox-fcgi 8 ,
.Xr mcpbox-sandboxd 8
EOF
