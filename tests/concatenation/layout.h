/* SPDX-License-Identifier: GPL-2.0-only */
/* What the server tells its BPF program: the one element of the map `layout`, written before the program is
 * attached. */
#ifndef CONCATENATION_LAYOUT_H
#define CONCATENATION_LAYOUT_H

#include <linux/types.h>

#define CONCATENATION_NODE 2    /* nodeid of the file */
#define CONCATENATION_DEVICES 8 /* at most */

struct concatenation_device {
    __u64 length;
    __u32 cookie;
    __u32 padding;
};

struct concatenation_layout {
    __u64 size;    /* of the file */
    __u64 chunk;   /* bytes dealt to one device after the other; 0: one whole device after the other */
    __u32 devices; /* how many there are */
    __u32 padding;
    struct concatenation_device device[CONCATENATION_DEVICES];
};

#endif
