#!/bin/bash
# Debian packages that the project needs (deps.txt).
#
#	packaging/deps.sh missing SECTION...   prints what is not installed
#	packaging/deps.sh install PACKAGE...   installs; as root
#
# Asking needs no privilege, so that a machine where nothing is missing never
# asks for a password.
set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

missing() {
	local want section package command status
	for want in "$@"; do
		while read -r section package command; do
			[[ $section == "$want" ]] || continue
			[[ -z $command ]] || ! type -P "$command" >/dev/null || continue
			# shellcheck disable=SC2016  # dpkg-query's own ${...}
			status=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" \
				2>/dev/null || true)
			[[ $status == ii* ]] || printf '%s\n' "$package"
		done <"$here/deps.txt"
	done
}

# Debian starts services as it installs them.  The instance has its own nginx
# and PostgreSQL and wants neither the system's nor their ports.
hold_services() {
	local policy=/usr/sbin/policy-rc.d
	[[ ! -e $policy ]] || return 0
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
	# shellcheck disable=SC2064  # the path is meant as it is now
	trap "rm -f $policy" EXIT
}

disable_service() {
	[[ -d /run/systemd/system ]] || return 0
	systemctl disable "$1.service" >/dev/null 2>&1 || true
}

install_packages() {
	local package
	[[ $(id -u) == 0 ]] || { echo "install: as root only" >&2; exit 1; }
	export DEBIAN_FRONTEND=noninteractive
	hold_services
	apt-get update -q
	apt-get install -q -y --no-install-recommends \
		-o Dpkg::Options::=--force-confold -- "$@"
	for package in "$@"; do
		case $package in
		nginx | postgresql) disable_service "$package" ;;
		esac
	done
}

case ${1-} in
missing) shift; missing "$@" ;;
install) shift; install_packages "$@" ;;
*) echo "usage: packaging/deps.sh missing SECTION... | install PACKAGE..." >&2
	exit 2 ;;
esac
