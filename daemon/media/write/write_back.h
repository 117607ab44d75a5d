// SPDX-License-Identifier: GPL-2.0-only
// How stores into a mapping get to where other hosts, or a crash, find them. Memory that several hosts share
// needs its cache lines written back, in order; an image or a block device is coherent on its host and needs
// msync, which is its owner's business (famfsctl syncs before it names data and at its end).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace famfs::media {

/// Tests put a recorder here; the two real ones come from the functions below. Any thread may use one.
class WriteBack {
public:
    virtual ~WriteBack() = default;
    /// Starts writing back every cache line of @bytes.
    virtual void lines(std::span<const std::byte> bytes) = 0;
    /// What was started before is on the medium before any store after this.
    virtual void fence() = 0;

    void persist(std::span<const std::byte> bytes) {
        lines(bytes);
        fence();
    }
};

/// For dax devices, with the best instruction that this CPU has.
std::unique_ptr<WriteBack> write_back_to_memory();
/// For images and block devices: orders the stores of this process, no more.
std::unique_ptr<WriteBack> write_back_to_page_cache();

/// "clwb", "clflushopt" or "clflush": what write_back_to_memory() uses here.
std::string_view write_back_instruction();

} // namespace famfs::media
