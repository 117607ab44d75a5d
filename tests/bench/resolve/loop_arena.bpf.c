// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/arena_backend.bpf.h"

#include "tests/bench/resolve/loops.bpf.h"
