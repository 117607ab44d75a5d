// SPDX-License-Identifier: GPL-2.0-only
/* The reader of the torn-read gate for the backend `hash`. */
#include "bpf/hash_backend.bpf.h"

#include "tests/bpf/torn_reads.bpf.h"
