# shellcheck shell=bash
# Sourced by the suites that are shell scripts: prints test points as TAP.

tap_count=0

# point NAME COMMAND...: passes when the command does; its output explains a failure.
point() {
    local name=$1 output line
    shift
    tap_count=$((tap_count + 1))
    if output=$("$@" 2>&1); then
        echo "ok $tap_count - $name"
    else
        echo "not ok $tap_count - $name"
        [ -z "$output" ] || while IFS= read -r line; do echo "# $line"; done <<<"$output"
    fi
}

# skip NAME REASON
skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

# forward NAME: copies the TAP on standard input, renumbered. NAME fails when that TAP is incomplete.
forward() {
    local line found=0 planned=none
    while IFS= read -r line; do
        case $line in
        "ok "* | "not ok "*)
            found=$((found + 1))
            tap_count=$((tap_count + 1))
            sed -E "s/^((not )?ok) +[0-9]*/\1 $tap_count/" <<<"$line"
            ;;
        1..*) planned=${line#1..} ;;
        *) echo "$line" ;;
        esac
    done
    if [ "$planned" != "$found" ] || [ "$found" = 0 ]; then
        point "$1: planned $planned tests, found $found" false
    fi
}

# Prints the plan. A suite without one counts as failed.
finish() { echo "1..$tap_count"; }
