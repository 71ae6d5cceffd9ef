#!/bin/sh
# Records fixtures/checks/{config,journal,command} anew, with an /srv of their own and a real Docker. As root.
set -eu
cd "$(dirname "$0")/../.."
RECORD=1 unshare -m sh -eu <<'END'
  mount -t tmpfs tmpfs /srv
  npx vitest run test/checks/files.record.ts test/checks/logs.record.ts
END
