#!/bin/sh
# Runs a command with a pcscd of its own and one empty virtual reader, in namespaces where it disturbs
# nobody and the reader's port is not on the network. An ordinary user may do this too.
#
#   tests/conformance/through-pcscd.sh cargo test --offline -p sello-conformance -- --ignored
#
# The command sees the reader's name in SELLO_TEST_READER and its port in SELLO_TEST_READER_PORT.
set -eu

if [ "${SELLO_IN_NAMESPACE:-}" != 1 ]; then
    SELLO_IN_NAMESPACE=1 exec unshare --map-root-user --mount --net --pid --fork --kill-child "$0" "$@"
fi

driver=${SELLO_VPCD_DRIVER:-}
for candidate in /usr/lib/pcsc/drivers/serial/libifdvpcd.so /usr/lib*/pcsc/drivers/serial/libifdvpcd.so; do
    if [ -z "$driver" ] && [ -e "$candidate" ]; then driver=$candidate; fi
done
if [ -z "$driver" ]; then
    echo "no virtual reader driver: apt install pcscd vsmartcard-vpcd" >&2
    exit 2
fi

ip link set lo up
if [ ! -d /run/pcscd ]; then
    mount -t tmpfs tmpfs /run
    mkdir /run/pcscd
fi
mount -t tmpfs tmpfs /run/pcscd
readers=$(mktemp -d)
trap 'kill "$pcscd" 2>/dev/null || true; rm -rf "$readers"' EXIT
cat > "$readers/sello" <<READER
FRIENDLYNAME "Sello Test Reader"
DEVICENAME /dev/null:0x8C7B
LIBPATH $driver
CHANNELID 0x8C7B
READER
PATH=$PATH:/usr/sbin pcscd --foreground -c "$readers" &
pcscd=$!

tries=0
until [ -S /run/pcscd/pcscd.comm ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ]; then echo "pcscd did not start" >&2; exit 2; fi
    sleep 0.05
done
SELLO_TEST_READER="Sello Test Reader 00 00" SELLO_TEST_READER_PORT=35963 "$@"
