// SPDX-License-Identifier: GPL-2.0-only
// Names for clang's thread-safety attributes: what a lock guards, and what a function needs or takes.
// tests/style/thread-safety compiles everything with -Wthread-safety; other compilers see nothing of it.
#pragma once

#if defined(__clang__)
#define FAMFS_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define FAMFS_THREAD_ATTRIBUTE(x)
#endif

#define FAMFS_CAPABILITY(name) FAMFS_THREAD_ATTRIBUTE(capability(name))
#define FAMFS_SCOPED_CAPABILITY FAMFS_THREAD_ATTRIBUTE(scoped_lockable)
#define FAMFS_GUARDED_BY(lock) FAMFS_THREAD_ATTRIBUTE(guarded_by(lock))
#define FAMFS_REQUIRES(...) FAMFS_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define FAMFS_REQUIRES_SHARED(...) FAMFS_THREAD_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
#define FAMFS_EXCLUDES(...) FAMFS_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define FAMFS_ACQUIRE(...) FAMFS_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define FAMFS_ACQUIRE_SHARED(...) FAMFS_THREAD_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define FAMFS_TRY_ACQUIRE(...) FAMFS_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define FAMFS_RELEASE(...) FAMFS_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define FAMFS_RELEASE_SHARED(...) FAMFS_THREAD_ATTRIBUTE(release_shared_capability(__VA_ARGS__))
#define FAMFS_RELEASE_GENERIC(...) FAMFS_THREAD_ATTRIBUTE(release_generic_capability(__VA_ARGS__))
#define FAMFS_NO_THREAD_SAFETY_ANALYSIS FAMFS_THREAD_ATTRIBUTE(no_thread_safety_analysis)
