/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries a BPF object in the library's read-only data. bpftool's skeleton would do the same, but the one that Debian 12's
 * bpftool writes for an object with struct_ops does not compile with Debian 12's libbpf (map->link, libbpf 1.5).
 */
	.section .rodata
	.balign 8
	.global FAMFS_SYMBOL_START
	.global FAMFS_SYMBOL_END
FAMFS_SYMBOL_START:
	.incbin FAMFS_OBJECT_FILE
FAMFS_SYMBOL_END:
	.section .note.GNU-stack,"",@progbits
