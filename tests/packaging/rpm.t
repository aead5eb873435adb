#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lane: plain
#
# The RPM packages of what is committed: built by rpmbuild with the unit tests
# in %check; rpmlint has nothing to say; they have what belongs into them. On
# Debian, rpm's own view of libraries is not asked (packaging/build-rpm). Takes
# a minute, so it runs only when named:
#
#     sh packaging/dependencies package
#     sh tests/run tests/packaging/rpm.t
. "${0%/*}/../e2e/lib.sh"
need rpmbuild rpmspec rpmlint git
spec=$TOP/packaging/trawl.spec
cd "$TOP" || exit

is "$(sed -n 's/^Version: *//p' "$spec")" \
    "$(sed -n 's/^AC_INIT(\[trawl\], \[\([^]]*\).*/\1/p' configure.ac)" \
    'the spec has the version of configure.ac'
is "$(sed -n 's/^BuildRequires: *pkgconfig(\(.*\)).*/\1/p' "$spec" | sort)" \
    "$(sed -n 's/^PKG_CHECK_MODULES(\[[A-Z]*\], \[\([^] ]*\).*/\1/p' \
        configure.ac | sort)" 'it needs the libraries of configure.ac'
is "$(sed -n 's/^BuildRequires: *pkgconfig(\(.*\)) >= /\1 /p' "$spec" | sort)" \
    "$(sed -n 's/^PKG_CHECK_MODULES(\[[A-Z]*\], \[\(.*\) >= \(.*\)\])/\1 \2/p' \
        configure.ac | grep -v '^zlib ' | sort)" 'of the versions there'

# scripts_on [OPTION...]: the spec as it is read there.
scripts_on()
{
    rpmspec -P --define "_sourcedir $TOP/packaging" \
        --define 'sysusers_create_compat made by %*' "$@" "$spec" 2>&1
}
like "$(scripts_on --define 'rhel 9')" \
    $'%pre\nmade by [^\n]*/trawl.sysusers' 'on EL 9 a script makes the user'
is "$(scripts_on --define 'fedora 42' | grep -c '^%pre$')" 0 \
    'on Fedora rpm does'

ok 'the packages are built, and their tests pass' \
    sh packaging/build-rpm "$TMP/rpm" || done_testing
is "$(rpmlint -c packaging/rpmlint.toml "$TMP"/rpm/*.rpm "$spec" 2>&1 |
    grep -E '^[^ ]+: [EW]: ')" '' 'rpmlint has nothing to say'

# holds PACKAGE PATH...
holds()
{
    local name=$1 path
    shift
    rpm -qpl "$TMP/rpm/$name"-[0-9]*.*64.rpm >"$TMP/list"
    for path; do
        ok "$name has $path" grep -qx "/usr$path\|$path" "$TMP/list"
    done
}
holds trawl /sbin/trawld /bin/trawlctl /lib/systemd/system/trawld.service \
    /lib/systemd/system/trawld.socket \
    /lib/sysusers.d/trawl.conf /lib/systemd/catalog/trawl.catalog \
    /etc/trawl/trawl.yaml /etc/trawl/conf.d /etc/trawl/registries \
    /share/trawl/registries/Trawl.1.0.0.json /share/man/man8/trawld.8.gz \
    /share/man/man5/trawl.yaml.5.gz /share/man/man7/trawl-fields.7.gz \
    /share/man/man7/trawl-registries.7.gz \
    /share/man/man8/trawlctl.8.gz /share/bash-completion/completions/trawld \
    /share/bash-completion/completions/trawlctl
holds trawl-bmcsim /bin/bmcsim /share/man/man1/bmcsim.1.gz \
    /share/bash-completion/completions/bmcsim
is "$(rpm -qpc "$TMP"/rpm/trawl-0*64.rpm)" /etc/trawl/trawl.yaml \
    'its configuration is one'
is "$(rpm -qp --qf '[%{FILENAMES} %{FILEFLAGS:fflags}\n]' \
    "$TMP"/rpm/trawl-0*64.rpm | sed -n 's|^/etc/trawl/trawl.yaml ||p')" cn \
    'and an edited one stays'
done_testing
