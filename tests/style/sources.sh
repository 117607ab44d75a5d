# SPDX-License-Identifier: GPL-2.0-only
# For the checks that look at every source file with clang. A file whose inputs did not change since it last passed is not
# looked at again.

# each_source CHECK BUILD FUNCTION FILE...: calls FUNCTION FILE for each, one a core at a time; fails if one does. Without
# a FILE for all of base, loader and daemon. Stamps are named by the contents of the file, all headers, the check and its rules.
each_source() {
    local check=$1 build=$2 function=$3 files known
    shift 3
    known=$(tests/style/commands "$build")
    files=("$@")
    (($#)) || mapfile -t files <<<"$known"
    [[ -n ${files[*]} ]] || { echo "style/$check: found no file to check" >&2; return 1; }
    export function commands=$build/style stamps=$build/style/$check
    shared=$({ git ls-files --cached --others --exclude-standard '*.h'; echo .clang-tidy; ls tests/style/*; } |
        sort -u | while read -r path; do [[ ! -f $path ]] || sha256sum "$path"; done | sha256sum)
    export shared
    mkdir -p "$stamps"
    export -f "${function?}" pass_once
    printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -I{} bash -c 'pass_once {}' || return 1
    echo "style/$check: ${#files[@]} files"
}

pass_once() {
    local stamp
    stamp=$stamps/$({ echo "$shared"; cat "$1"; } | sha256sum | cut -c1-32)
    [[ -e $stamp ]] && return
    "$function" "$1" && touch "$stamp"
}
