/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of steps.bpf.c answer, whatever they are asked. */
#ifndef FAMFS_VMTEST_BENCH_STEPS_H
#define FAMFS_VMTEST_BENCH_STEPS_H

#include "bpf/abi.h"

/* All of the object's section .bss. */
struct step_settings {
    struct famfs_answer answer;
};

#endif
