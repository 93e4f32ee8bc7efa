#!/bin/bash
# The page: its packages and its build.
#
#	packaging/page.sh packages   node_modules as package-lock.json says
#	packaging/page.sh build      the same, then frontend/dist
#
# Whatever npm is there starts it (Debian 12 has 9 on Node 18); the locked
# package `node` does the work, since scripts find node_modules/.bin first.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../frontend"

packages() {
	local have=node_modules/.package-lock.json
	[[ ! -e $have || package-lock.json -nt $have ]] || return 0
	# npm 11 refuses a lock without the variants of optional packages that
	# the registry does not have, for systems that are not ours; then the
	# same lock is read by `install`, with the same checksums.
	npm ci --no-audit --no-fund ||
		npm install --no-save --no-audit --no-fund
	touch "$have"
}

case ${1-} in
packages) packages ;;
build)
	packages
	npm run build
	touch dist/index.html
	;;
*)
	echo "usage: packaging/page.sh packages | build" >&2
	exit 2
	;;
esac
