# shellcheck shell=bash
# Sourced by scripts/demo and scripts/test: the set-up that both share.

# build_with_all_features [MESON OPTION...]
# After scripts/deps every library is installed, so a missing feature is an error.
# shellcheck disable=SC2120 # scripts/demo has no option to add
build_with_all_features() {
    if [ -n "${PLOTMILL_NO_DEPS:-}" ]; then
        scripts/build
    else
        scripts/build -Dhdf5=enabled -Dpng=enabled -Djpeg=enabled -Dsheets=enabled -Darchive=enabled \
            -Dyaml=enabled "$@"
    fi
}

# After `sudo scripts/demo` its files belong to the user who called sudo, not to root.
give_back() {
    if [ "$(id -u)" = 0 ] && [ -n "${SUDO_UID:-}" ]; then
        local folder
        for folder in "$@"; do
            [ ! -e "$folder" ] || chown -R "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$folder"
        done
    fi
}
