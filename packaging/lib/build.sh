# shellcheck shell=bash
# Packages, programs, page.

# build_packages SECTION...
build_packages() {
	local missing sudo=()
	missing=$("$ROOT/packaging/deps.sh" missing "$@")
	[[ -n $missing ]] || return 0
	mapfile -t missing <<<"$missing"
	if ! as_root; then
		type -P sudo >/dev/null || say_fail \
			"these Debian packages are missing: ${missing[*]}" \
			"as root: apt-get install --no-install-recommends ${missing[*]}"
		say_note "sudo is asked for these packages: ${missing[*]}"
		sudo=(sudo)
		[[ -t 0 ]] || sudo+=(-n)
	fi
	say_begin "installing ${#missing[@]} Debian packages"
	"${sudo[@]}" "$ROOT/packaging/deps.sh" install "${missing[@]}" \
		</dev/null >>"$UP_LOG" 2>&1 || say_fail \
		"the packages could not be installed: ${missing[*]}" \
		"look at $UP_LOG, or install them yourself: apt-get install ${missing[*]}" \
		"$UP_LOG"
	say_done
}

build_make() {
	make -C "$ROOT" --no-print-directory -j"$(nproc)" "$@" \
		>>"$UP_LOG" 2>&1 </dev/null || say_fail \
		"the programs could not be built" \
		"the whole output is in $UP_LOG" "$UP_LOG"
}

build_programs() {
	local program
	if ! setting_has MCPBOX_BIN; then
		say_begin "building the programs ($BUILD)"
		build_make BUILD="$BUILD" all
		[[ $BUILD != asan ]] ||
			build_make BUILD=release build/release/mcpbox-run
		say_done
	fi
	for program in mcpbox-keep mcpbox-fcgi mcpbox-sandboxd mcpbox-egress; do
		[[ -x $BIN/$program ]] || say_fail "$BIN/$program is missing" \
			"unset MCPBOX_BIN to have it built."
	done
}

page_is_fresh() {
	local page=$ROOT/frontend
	[[ -e $page/dist/index.html ]] || return 1
	[[ -z $(find "$page" \( -name node_modules -o -name dist \) -prune \
		-o -type f -newer "$page/dist/index.html" -print -quit) ]]
}

build_page() {
	setting_has MCPBOX_BIN || page_is_fresh || {
		say_begin "building the page"
		"$ROOT/packaging/page.sh" build >>"$UP_LOG" 2>&1 </dev/null || say_fail \
			"the page could not be built" \
			"the whole output is in $UP_LOG; the packages come from the npm registry, so it must be reachable" \
			"$UP_LOG"
		say_done
	}
	[[ -e $ROOT/frontend/dist/index.html ]] ||
		say_fail "frontend/dist/index.html is missing" "build the page first."
	page_install
}

# The instance serves a copy: the tree may be closed to nginx's user, and a
# later build must not change a running page under its feet.
page_install() {
	local www=$HOME_DIR/www
	! diff -rq "$ROOT/frontend/dist" "$www" >/dev/null 2>&1 || return 0
	rm -rf "$www.new" "$www.old"
	cp -r "$ROOT/frontend/dist" "$www.new"
	chmod -R u=rwX,go=rX "$www.new"
	[[ ! -e $www ]] || mv "$www" "$www.old"
	mv "$www.new" "$www"
	rm -rf "$www.old"
}

# One build at a time in a tree, however many instances come up.
build_all() {
	local lock
	mkdir -p "$ROOT/build" 2>/dev/null || true
	if [[ -w $ROOT/build ]]; then
		exec {lock}>"$ROOT/build/.lock"
		flock "$lock"
		build_programs
		build_page
		exec {lock}>&-
	else
		build_programs
		build_page
	fi
}
