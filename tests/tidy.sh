#!/usr/bin/env bash
# clang-tidy over our C, a few files a process, on all cores.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
includes=$(pg_config --includedir)
export TIDY_FLAGS="-std=c17 -D_GNU_SOURCE -DMCPBOX_VERSION=\"0\"
    -DMCPBOX_PYTHON=\"$python\" -I. -Ilib -Ibuild/gen -Ifcgi
    -Isandboxd -Isandboxd/wall -Isandboxd/run -Ibridge -Ictl
    -I$includes -I/usr/include/python$python"
# The words are split over there, on purpose.
# shellcheck disable=SC2016
git ls-files -z 'lib/*.c' 'fcgi/*.c' 'sandboxd/*.c' 'bridge/*.c' 'ctl/*.c' 'packaging/*.c' |
    xargs -0 -P "$(nproc)" -n 6 sh -c \
	'clang-tidy --quiet "$@" -- $TIDY_FLAGS 2>/dev/null' _
