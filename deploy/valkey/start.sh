#!/bin/sh
# The password stands in a file that only Valkey reads, not among the arguments that everybody on the host sees.
set -eu
: "${VALKEY_PASSWORD:?Set VALKEY_PASSWORD.}"
umask 077
cat /etc/valkey/sawt.conf > /tmp/valkey.conf
printf 'requirepass "%s"\nprimaryauth "%s"\n' "$VALKEY_PASSWORD" "$VALKEY_PASSWORD" >> /tmp/valkey.conf
chown valkey /tmp/valkey.conf
exec docker-entrypoint.sh valkey-server /tmp/valkey.conf
