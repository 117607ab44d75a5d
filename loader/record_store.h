// SPDX-License-Identifier: GPL-2.0-only
// Where records are published. Two kinds: a memory in the arena's layout (the BPF arena itself, or plain
// memory of a process that answers without BPF), and the hash maps (hash_store.h). Publication order:
// bpf/abi.h.
#pragma once

#include "base/error.h"
#include "base/file_map.h"
#include "bpf/abi.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace famfs::loader {

/// How full a store is. What it does not know is 0.
struct Room {
    std::uint64_t most_files = 0; ///< of one extent each
    std::uint64_t bytes = 0;      ///< memory in use, which does not shrink
    std::uint64_t most_bytes = 0;
};

/// One writer thread at a time; readers (the BPF program, resolve()) at any time.
class RecordStore {
public:
    RecordStore() = default;
    RecordStore(const RecordStore &) = delete;
    RecordStore &operator=(const RecordStore &) = delete;
    virtual ~RecordStore() = default;

    /// Makes each file visible, whole or not at all. Devices are indexes into @cookies given at creation.
    /// Many at a time, ascending by nodeid, go faster. Ends at the first file that fails; those before it
    /// stay. EEXIST: the nodeid is published. EINVAL: the map contradicts itself or names an unknown device.
    /// ENOSPC / E2BIG / ENOMEM: the store is full. EOVERFLOW: too many extents. The file stays unpublished.
    virtual base::Expected<void> publish(std::span<const base::FileMap> files) = 0;
    base::Expected<void> publish(const base::FileMap &file) { return publish({&file, 1}); }
    /// After it no reader uses the records any more, not even one that had begun; the nodeids may be
    /// published again. Waits once, however many they are. Ends at the first that is not published (ENOENT).
    /// Other errors: it is not known that readers are gone, so the nodeids must not be published again.
    virtual base::Expected<void> withdraw(std::span<const std::uint64_t> nodeids) = 0;
    base::Expected<void> withdraw(std::uint64_t nodeid) { return withdraw({&nodeid, 1}); }
    /// The look-up and arithmetic of a fault, in this process.
    [[nodiscard]] virtual enum famfs_status resolve(std::uint64_t nodeid, std::uint64_t position,
                                                    famfs_answer &answer) const = 0;
    [[nodiscard]] virtual std::uint64_t published() const = 0;
    /// Any thread.
    [[nodiscard]] virtual Room room() const = 0;
};

/// Returns when every BPF program that may still see a withdrawn record has ended (readers.h). Empty: there
/// is none.
using WaitForReaders = std::function<base::Expected<void>()>;

/// A store over @memory in the arena's layout. The memory must outlive the store and read as zeros where
/// never written. @cookies[i] is what records say for device index i (> 0). EINVAL: the memory is smaller
/// than a page, not page-aligned or larger than 4 GiB; EEXIST: it holds records already.
base::Expected<std::unique_ptr<RecordStore>>
make_arena_store(std::span<std::byte> memory, std::vector<std::uint32_t> cookies, WaitForReaders wait = {});

} // namespace famfs::loader
