#!/bin/bash
# Process 1 of the container.  A new volume belongs to whoever made it; the
# services' users must get through.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
chmod o+x "${MCPBOX_HOME:-/data}"
exec packaging/instance.sh run
