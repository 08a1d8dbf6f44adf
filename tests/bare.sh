# shellcheck shell=bash
# Sourced by the long suites that need a bare Debian in a folder, after tests/tap.sh. Needs root, debootstrap and a mirror.

# bare_system NAME RELEASE: makes it in $root, of the temporary folder $top. RELEASE may be "", for this system's. Where that
# is not possible, NAME is skipped.
bare_system() {
    local mirror release
    [ "$(id -u)" = 0 ] || give_up "$1" "root: making a bare system needs it"
    command -v debootstrap >/dev/null || give_up "$1" "debootstrap: it is not installed"
    read -r mirror release < <(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 2>/dev/null | head -n 1)
    [ -n "${release:-}" ] || give_up "$1" "debootstrap: this system's apt has no mirror"
    top=$(mktemp -d)
    root=$top/root
    trap leave_system EXIT
    debootstrap --variant=minbase --include=ca-certificates "${2:-$release}" "$root" "$mirror" >"$top/log" 2>&1 ||
        give_up "$1" "debootstrap: $(tail -n 1 "$top/log")"
}

give_up() {
    skip "$1" "$2"
    finish
    exit 0
}

# What is still mounted is left behind: removing it would remove what is mounted.
leave_system() {
    if umount "$root/proc" "$root/sys" 2>/dev/null || ! grep -qF " $root/" /proc/mounts; then
        rm -rf --one-file-system "$top"
    fi
}

# Runs a line of shell in it, in the copied tree once that is there.
in_root() {
    chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy=$http_proxy} \
        ${https_proxy:+https_proxy=$https_proxy} sh -c "cd /root/plotmill 2>/dev/null; $1"
}

# install_packages PACKAGE...: after the line $before_packages; with this system's apt set-up, so that the same packages can
# be reached.
install_packages() {
    rm -rf "$root/etc/apt" && cp -a /etc/apt "$root/etc/apt" && cp -L /etc/resolv.conf /etc/hosts "$root/etc/" &&
        cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" && cp -L /etc/pip.conf "$root/etc/" 2>/dev/null
    in_root "${before_packages:-:} && apt-get -q update && apt-get install -yq --no-install-recommends $*" &&
        mount -t proc proc "$root/proc" && mount -t sysfs -o ro sysfs "$root/sys"
}

copy_tree() {
    mkdir "$root/root/plotmill" &&
        tar --exclude='./build*' --exclude=./.git --exclude=./out -cf - . | tar -xf - -C "$root/root/plotmill"
}
