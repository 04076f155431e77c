# For test-release and test-deb: root folders with another release of Debian, made by debootstrap.
# Sourced with $suite set to the release and $root to the folder. Wants root, debootstrap, unshare, and
# a mirror that can be reached: MIRROR, or where that is empty apt's own.
# shellcheck shell=bash disable=SC2154

# shellcheck source=/dev/null
own=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")

fail() {
    echo "${0#./}: $1" >&2
    exit 1
}

# check_tools TOOL...: those that the caller wants beside debootstrap.
check_tools() {
    local tool
    [ "$(id -u)" = 0 ] || fail "needs root, for chroot and mounts"
    for tool in debootstrap "$@"; do
        command -v "$tool" >/dev/null ||
            fail "needs $tool (Debian: apt install debootstrap util-linux systemd-container)"
    done
}

# URI, suite and component of each source of this machine that has a place in the other release.
sources() {
    # shellcheck disable=SC2016 # for apt
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian' | grep -E " $own(-updates|-security)? main\$" |
        sed -E "s/ $own(-updates|-security)? main\$/ $suite\1 main/" | sort -u
}

mirror() {
    local found=${MIRROR:-$(sources | sed -n "s/ $suite main\$//p" | head -n 1)}
    [ -n "$found" ] || fail "apt names no Debian mirror here: set MIRROR=URL"
    echo "$found"
}

make_root() {
    local part=$root.part proxy=
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    rm -rf "$part"
    mkdir -p "${part%/*}"
    echo "  ROOT  $root"
    http_proxy=${proxy:-${http_proxy:-}} debootstrap --variant=minbase "$suite" "$part" "$(mirror)" \
        >"$root.log" 2>&1 || { tail -n 5 "$root.log" >&2; fail "debootstrap failed, see $root.log"; }
    if [ -z "${MIRROR:-}" ]; then
        sources | sed 's/^/deb /' >"$part/etc/apt/sources.list"
    fi
    apt-config dump | grep -E '^Acquire::(https?::|Check-)' >"$part/etc/apt/apt.conf.d/90host" || true
    cp /etc/hosts "$part/etc/hosts"
    mv "$part" "$root"
}

# inside COMMAND [ARGUMENT...]: by the shell of the other release. The mounts end with the namespace,
# however this ends.
inside() {
    # shellcheck disable=SC2016 # for the shell inside
    root=$root unshare --mount --pid --fork --kill-child bash -euc '
        mount --make-rprivate /
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount --rbind /sys "$root/sys"
        mount -t tmpfs -o mode=1777 tmp "$root/tmp"
        command=$1
        shift
        exec env -u CC -u BUILD -u VENV -u FRAMEWORKS -u NODE_SDK -u MAKEFLAGS -u MAKELEVEL -u MFLAGS \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
            DEBIAN_FRONTEND=noninteractive chroot "$root" sh -c "$command" sh "$@"
    ' bash "$@"
}
