# SPDX-License-Identifier: GPL-2.0-only
# The commands of this folder, on this machine: command line, build, virtual machine. Source it, with usage() defined.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
results=$top/results

# choose WORDS...: sets count to yes, or to no with --report-only.
choose() {
    count=yes
    while (($#)); do
        case $1 in
        --report-only) count=no ;;
        -h | --help) usage; exit 0 ;;
        *) echo "${0##*/}: unknown option '$1'; see --help" >&2; exit 2 ;;
        esac
        shift
    done
}

# count_in_vm RAW PROGRAM SCRIPT: builds the program and runs the script with it where the time stamp counter counts instructions. What
# it leaves in /scratch is then in RAW.
count_in_vm() {
    local log=$top/build/release.configure.log
    mkdir -p "$top/build" "$1"
    cmake --preset release -S "$top" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
    cmake --build "$top/build/release" --target "$2"
    # With its 2 MiB of information each is a multiple of 16 MiB, which ndctl wants of a namespace.
    "$top/vmtest/run" --kernel module-bench --icount --memory 1024 --dax 1038M --dax 1038M --time-limit 1800 --scratch "$1" \
        -- "$top/vmtest/bench/$3" "$top/build/release/bin/$2"
}
