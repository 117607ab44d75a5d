// SPDX-License-Identifier: GPL-2.0-only
/* Backend `arena`. */
#include "bpf/arena_backend.bpf.h"

#define FAMFS_BACKEND "famfs_arena"
#include "bpf/programs.bpf.h"
