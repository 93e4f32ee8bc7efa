# layers.awk: who may include whom (STYLE 3.4).  Reads "file:#include ..."
# lines of our own headers and prints each step up the staircase.
#
#   git grep -n '#include "' -- '*.c' '*.h' | awk -f tests/layers.awk
#   exit 1 when something was printed

BEGIN {
	FS = ":"
	split("attr fail arena str buf clock rnd secret addr addr_name", a0, " ")
	split("log conf json crypt keyring fdio", a1, " ")
	split("wire box fetch monitor lease proc privs filter", a2, " ")
	for (i in a0) lib[a0[i]] = 0
	for (i in a1) lib[a1[i]] = 1
	for (i in a2) lib[a2[i]] = 2
	# fcgi's folders; the files beside them stand on top.
	floor["op"] = 3; floor["db"] = 4; floor["out"] = 4; floor["noun"] = 5
	floor["web"] = 6; floor["mcp"] = 6
}

# Headers that only one room may see, by the file that may.
function home(inc, file) {
	if (inc == "libpq-fe.h") return file ~ /^fcgi\/db\// || file ~ /^fcgi\/loop/ || file ~ /^ctl\//
	if (inc ~ /^openssl\// || inc == "argon2.h") return file == "lib/crypt.c"
	if (inc == "seccomp.h") return file == "lib/filter.c"
	if (inc == "idn2.h") return file == "fcgi/noun/network_host.c"
	if (inc == "Python.h") return file ~ /^sandboxd\/run\//
	# Two homes: docs/decisions/0007-stdio-bridge.md.
	if (inc ~ /^curl\//) return file ~ /^sandboxd\/egress\// || file ~ /^bridge\//
	if (inc == "ares.h" || inc == "zlib.h") return file ~ /^sandboxd\/egress\//
	if (inc == "jansson.h") return file !~ /^sandboxd\//
	return 1
}

function report(why) {
	printf "%s:%s: includes %s: %s\n", $1, $2, inc, why
	bad = 1
}

{
	file = $1
	if (file ~ /^tests\//) next
	inc = $0
	if (!match(inc, /#[ \t]*include[ \t]*[<"][^>"]*[>"]/)) next
	inc = substr(inc, RSTART, RLENGTH)
	sub(/^#[ \t]*include[ \t]*/, "", inc)
	ours = inc ~ /^"/
	gsub(/[<>"]/, "", inc)
	if (!home(inc, file)) { report("that header has another home"); next }
	if (!ours) next
	base = inc; sub(/.*\//, "", base); stem = base; sub(/\..*/, "", stem)
	split(file, f, "/")
	self = f[length(f)]; sub(/\..*/, "", self)

	if (f[1] == "lib") {
		if (inc ~ /\//) { report("lib looks up"); next }
		if (!(stem in lib)) { if (base !~ /\.(def|inc)$/) report("unknown lib module"); next }
		if ((self in lib) && lib[stem] > lib[self]) report("floor " lib[self] " looks up to " lib[stem])
		next
	}
	if (f[1] == "fcgi") {
		if (inc ~ /sandboxd\//) { report("fcgi and sandboxd never meet"); next }
		split(inc, d, "/")
		if (inc ~ /\// && (d[1] in floor) && (f[2] in floor) && floor[d[1]] > floor[f[2]])
			report(f[2] "/ looks up to " d[1] "/")
		next
	}
	# Beside them all: lib and its own folder only.
	if (f[1] == "ctl" && inc ~ /\// && inc != "ctl/conf.def")
		report("ctl sees lib and itself only")
	if (f[1] == "bridge" && inc ~ /\//)
		report("bridge sees lib and itself only")
	if (f[1] == "sandboxd" && inc ~ /^(op|db|out|noun|web|mcp|fcgi)\//)
		report("fcgi and sandboxd never meet")
}

END { exit bad }
