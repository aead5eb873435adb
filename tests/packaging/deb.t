#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The Debian packages of what is committed: built twice under different
# circumstances they are the same bytes; lintian has nothing to say; they have
# what belongs into them.  Takes a minute or two, so it runs only when named:
#
#     sh packaging/dependencies package
#     sh tests/run tests/packaging/deb.t
set -u
cd "$(dirname -- "$0")/../.." || exit 1
tmp=${TRAWL_TEST_TMP:-$(mktemp -d)}
count=0 failed=0

for command in dpkg-buildpackage dh lintian git; do
    command -v $command >/dev/null && continue
    printf '1..0 # SKIP %s is not installed\n' $command
    exit 0
done

# verdict STATUS SENTENCE
verdict()
{
    count=$((count + 1))
    [ "$1" -eq 0 ] && printf 'ok %d - %s\n' $count "$2" && return
    failed=$((failed + 1))
    printf 'not ok %d - %s\n' $count "$2"
}

done_testing()
{
    printf '1..%d\n' $count
    [ $failed -eq 0 ]
    exit
}

# build NAME ENVIRONMENT...: into a folder of that name.
build()
{
    name=$1
    shift
    mkdir -p "$tmp/work-$name"
    env "$@" TMPDIR="$tmp/work-$name" sh packaging/build-deb "$tmp/$name" \
        >"$tmp/$name.log" 2>&1 && return
    tail -n 30 "$tmp/$name.log" | sed 's/^/# /'
    false
}

# holds DEB PATH...
holds()
{
    deb=$1
    shift
    dpkg-deb -c "$tmp/one/$deb"_*_*.deb | awk '{ print $6 }' >"$tmp/list"
    for path; do
        grep -qx "\.\(/usr\)\?$path" "$tmp/list"
        verdict $? "$deb has $path"
    done
}

build one DEB_BUILD_OPTIONS='nocheck parallel=2'
verdict $? 'the packages are built'
[ $failed -eq 0 ] || done_testing
(umask 077 && build another DEB_BUILD_OPTIONS='nocheck parallel=1' \
    TZ=Pacific/Auckland LANG=C)
verdict $? 'and once more'
for file in "$tmp"/one/*.deb "$tmp"/one/*.dsc "$tmp"/one/*.tar.xz; do
    cmp "$file" "$tmp/another/${file##*/}"
    verdict $? "${file##*/} is the same both times"
done

words=$(lintian --info --display-info --pedantic "$tmp"/one/*.changes 2>&1 |
    grep '^[A-Z]: ')
printf '%s\n' "$words" | sed '/./!d; s/^/# /'
[ -z "$words" ]
verdict $? 'lintian has nothing to say'

holds trawl /sbin/trawld /bin/trawlctl /lib/systemd/system/trawld.service \
    /lib/systemd/system/trawld.socket \
    /lib/sysusers.d/trawl.conf /lib/systemd/catalog/trawl.catalog \
    /etc/trawl/trawl.yaml /etc/trawl/conf.d/ \
    /share/trawl/registries/Trawl.1.0.0.json /share/man/man8/trawld.8.gz \
    /share/man/man5/trawl.yaml.5.gz /share/man/man7/trawl-fields.7.gz \
    /share/man/man7/trawl-registries.7.gz \
    /share/man/man8/trawlctl.8.gz /share/bash-completion/completions/trawld \
    /share/bash-completion/completions/trawlctl
holds trawl-bmcsim /bin/bmcsim /share/man/man1/bmcsim.1.gz \
    /share/bash-completion/completions/bmcsim
dpkg-deb -e "$tmp"/one/trawl_*_*.deb "$tmp/control"
[ "$(sort "$tmp/control/conffiles" | xargs)" = \
    '/etc/apparmor.d/usr.sbin.trawld /etc/trawl/trawl.yaml' ]
verdict $? 'its configuration and its profile are conffiles'
done_testing
