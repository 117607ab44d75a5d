// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/hash_backend.bpf.h"

#include "tests/bench/resolve/loops.bpf.h"

/* The least that can answer: find the element, and believe what it says. */
LOOP(loop_bare, {
    const struct famfs_record *record = bpf_map_lookup_elem(&files, &question.nodeid);

    if (record)
        address = FAMFS_READ(record->extent.address);
    else
        failed++;
})
