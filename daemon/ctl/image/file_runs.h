// SPDX-License-Identifier: GPL-2.0-only
// Where the bytes of a file lie in the devices' mappings; the arithmetic is bpf/mapping.h's.
#pragma once

#include "base/error.h"
#include "loader/record_builder.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace famfs::ctl {

class FileRuns {
public:
    /// Cookie of device i is i + 1. @devices: all bytes of each device, borrowed; may be empty if only
    /// resolve() is used.
    FileRuns(const base::FileMap &map, std::vector<std::span<std::byte>> devices);

    [[nodiscard]] enum famfs_status resolve(std::uint64_t position, famfs_answer &answer) const {
        return built_ ? built_->map(position, answer) : FAMFS_BAD_RECORD;
    }
    /// From @position (below the size of the file) to the end of its extent or chunk; may reach beyond the
    /// file's end, which is space of the file too. EIO: the map leads out of its device; EINVAL: it
    /// contradicts itself. A checked map does neither.
    [[nodiscard]] base::Expected<std::span<std::byte>> at(std::uint64_t position) const;

private:
    base::Expected<loader::BuiltRecord> built_;
    std::vector<std::span<std::byte>> devices_;
};

} // namespace famfs::ctl
