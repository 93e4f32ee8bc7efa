#!/usr/bin/env bash
# Linters that look at the text: format, shell, manuals, the page.
set -euo pipefail
cd "$(dirname "$0")/.."
rc=0
step() {
	local name=$1
	shift
	if "$@"; then echo "$name: clean"; else echo "$name: FAILED" >&2; rc=1; fi
}
mapfile -t c_files < <(git ls-files 'lib/*.[ch]' 'fcgi/*.[ch]' 'sandboxd/*.[ch]' 'bridge/*.[ch]' 'ctl/*.[ch]' 'packaging/*.[ch]' 'tests/*.[ch]')
mapfile -t sh_files < <(git grep -lE '^#!.*\b(ba)?sh\b' -- ':!*.md')
mapfile -t manuals < <(git ls-files '*.1' '*.5' '*.8')
step format clang-format --dry-run -Werror "${c_files[@]}"
step shellcheck shellcheck -x "${sh_files[@]}"
if [ ${#manuals[@]} -gt 0 ]; then step mandoc mandoc -Tlint -Wwarning "${manuals[@]}"; fi
step cppcheck cppcheck --quiet --enable=warning,portability --inline-suppr \
    --error-exitcode=1 --suppress=missingInclude --suppress=missingIncludeSystem \
    -j 2 -Ilib -Ifcgi --std=c11 -D_GNU_SOURCE lib fcgi sandboxd bridge ctl
step settings diff -u fcgi/mcpbox.conf.5 <(packaging/manual.sh build/release)
step clang-tidy tests/tidy.sh
# The page's types come from the document that the program prints.
step openapi diff -u frontend/src/api/openapi.json <(build/release/mcpbox-fcgi --openapi)
step types npm --prefix frontend run -s types
step lint npm --prefix frontend run -s lint
exit $rc
