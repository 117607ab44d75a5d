// SPDX-License-Identifier: GPL-2.0-only
/* Backend `rhash`. */
#include "bpf/hash_backend.bpf.h"

#define FAMFS_BACKEND "famfs_rhash"
#include "bpf/programs.bpf.h"
