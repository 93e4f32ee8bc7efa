# gen.awk: sql/queries/*.sql as a list for the C preprocessor.
#
#	-- name: server_get
#	SELECT ... WHERE id = $1::uuid;
#
# becomes QUERY(server_get, 1, "SELECT ... WHERE id = $1::uuid").  Comments
# and line breaks go, strings and quoted names stay as they are.  A name
# twice, a statement without one, two statements under one name, and what this
# scanner does not know (dollar quotes, block comments) are errors.

function die(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
	failed = 1
	exit 1
}

# The line without its comment; `quote` carries an open string over lines.
function strip(line,    out, i, c, n) {
	n = length(line)
	for (i = 1; i <= n; i++) {
		c = substr(line, i, 1)
		if (quote == "") {
			if (c == "-" && substr(line, i + 1, 1) == "-")
				break
			if (c == "/" && substr(line, i + 1, 1) == "*")
				die("block comments are not supported")
			if (c == "$" && substr(line, i + 1, 1) !~ /[0-9]/)
				die("dollar quotes are not supported")
			if (c == "'" || c == "\"")
				quote = c
			else if (c == ";") {
				ended = 1
				continue
			}
			if (c ~ /[ \t]/ && out ~ / $/)
				continue
			if (c == "\t")
				c = " "
			if (ended && c != " ")
				die("more than one statement under a name")
		} else if (c == quote) {
			quote = ""
		}
		out = out c
	}
	if (quote != "")
		die("a string goes over the end of the line")
	sub(/ +$/, "", out)
	return out
}

function parameters(s,    n, max) {
	max = 0
	while (match(s, /\$[0-9]+/)) {
		n = substr(s, RSTART + 1, RLENGTH - 1) + 0
		if (n > max)
			max = n
		s = substr(s, RSTART + RLENGTH)
	}
	return max
}

function flush() {
	if (name == "")
		return
	if (text == "")
		die("no statement for " name)
	n = parameters(text)
	gsub(/\\/, "\\\\\\\\", text)
	gsub(/"/, "\\\"", text)
	printf "QUERY(%s, %d, \"%s\")\n", name, n, text
}

/^-- name:/ {
	flush()
	name = $3
	if (name !~ /^[a-z][a-z0-9_]*$/ || NF != 3)
		die("bad name")
	if (name in seen)
		die(name " is already in " seen[name])
	seen[name] = FILENAME
	text = ""
	ended = 0
	next
}

{
	line = strip($0)
	sub(/^ +/, "", line)
	if (line == "")
		next
	if (name == "")
		die("a statement without a name")
	text = text (text == "" ? "" : " ") line
}

END {
	if (failed)
		exit 1
	flush()
}
