#!/bin/sh
# Installs what the build and the tests need beside Go, where it is missing, and says
# what it does. `setup.sh run` is for running stazh, `setup.sh test` for its tests.
set -eu

say() { echo "setup: $*" >&2; }

# Postgres 15 or newer, in the places where stazh looks for it.
have_postgres() {
    for dir in ${STAZH_PG_BIN:+"$STAZH_PG_BIN"} /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
        $(pg_config --bindir 2>/dev/null || true) \
        $(dirname "$(readlink -f "$(command -v postgres 2>/dev/null || echo /none)")"); do
        [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] || continue
        major=$("$dir/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
        [ "${major:-0}" -ge 15 ] && return 0
    done
    return 1
}

# The race detector of Go needs a C compiler; stazh itself does not.
have_compiler() { command -v "${CC:-gcc}" >/dev/null 2>&1; }

# as_root runs a command as root, or fails when we neither are root nor may become it.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

can_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

install_packages() {
    say "installing $* with apt-get"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
        --no-install-recommends "$@" >&2
}

# Debian's package makes and starts a server of its own, which nobody here needs: it is
# told not to for the time of the installation.
install_postgres() {
    install_packages postgresql-common
    conf=/etc/postgresql-common/createcluster.conf
    changed=no
    if [ -f "$conf" ] && ! grep -q '^create_main_cluster *= *false' "$conf"; then
        as_root cp -p "$conf" "$conf.stazh"
        changed=yes
        as_root sed -i -e '/^#* *create_main_cluster/d' -e '$a create_main_cluster = false' \
            "$conf"
    fi
    status=0
    install_packages postgresql || status=$?
    if [ "$changed" = yes ]; then
        as_root mv "$conf.stazh" "$conf"
    fi
    return "$status"
}

if ! have_postgres; then
    if ! can_install; then
        say "PostgreSQL 15 or newer is missing; as root: apt-get update && apt-get install postgresql"
        exit 1
    fi
    install_postgres
    if ! have_postgres; then
        say "the PostgreSQL of this distribution is older than 15: install postgresql-15 or newer from apt.postgresql.org, or name its programs in STAZH_PG_BIN"
        exit 1
    fi
fi

if [ "${1:-run}" = test ] && ! have_compiler; then
    if can_install; then
        install_packages gcc libc6-dev
    else
        say "no C compiler: the tests run without the race detector; as root: apt-get install gcc libc6-dev"
    fi
fi
