#!/bin/sh
# Makes the one key that opens the lab's hosts, once: its private half goes where the Celery worker
# looks for keys, its public half where the hosts find it. Neither is ever part of an image.
set -eu
keys=/keys owner=10001:10001
umask 077
if [ ! -s "$keys/lab" ]; then
    rm -f "$keys/lab" "$keys/lab.pub"
    ssh-keygen -q -t ed25519 -N '' -C clusterwright-lab -f "$keys/lab"
fi
ssh-keygen -y -f "$keys/lab" >/lab/world/lab.pub.new
chmod 644 /lab/world/lab.pub.new
mv /lab/world/lab.pub.new /lab/world/lab.pub
chown "$owner" "$keys" "$keys/lab"
rm -f "$keys/lab.pub"
echo "the lab's key is ready"
