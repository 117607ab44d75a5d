// SPDX-License-Identifier: GPL-2.0-only
// Space for new files: first fit over a bitmap that is rebuilt from the checked log, so it is right on every
// host and after every crash, and at the device's end.
//
// Where the allocation unit is smaller than a 2 MiB page, files of 2 MiB and more begin at a multiple of 2
// MiB, and position and address of their further extents agree modulo 2 MiB; smaller ones fill holes, and
// break a free 2 MiB block only when no hole is long enough. That is a preference: any run is better than
// ENOSPC.
#pragma once

#include "base/error.h"
#include "base/file_map.h"
#include "daemon/media/tree/file_system.h"
#include "daemon/media/write/free_units.h"

#include <cstdint>
#include <random>
#include <vector>

namespace famfs::media {

/// How to stripe a file; strips == 0: not at all.
struct Striping {
    std::uint32_t strips = 0;                 ///< 1 to 16, dealt over the devices in turn
    std::uint64_t chunk = default_alloc_unit; ///< bytes; a power of two and a multiple of the allocation unit
    std::uint32_t buckets =
        0; ///< parts of each device, at least 1 GiB; one strip each. 0: as many as fit, up to 64
};

/// Bytes that the extents hold.
std::uint64_t capacity_of(const base::FileMap &map);

/// One thread at a time.
class Allocator {
public:
    /// @checked has no errors, so that all files are known. A device that is not at hand gets no file. @seed:
    /// of the order of buckets.
    explicit Allocator(const FileSystem &checked, std::uint64_t seed = std::random_device{}());

    /// Reserves @size bytes (> 0) in whole allocation units: one run if there is one, else up to 16 on all
    /// devices; or strips. The result has no nodeid. ENOSPC: not enough, or too scattered. EINVAL: @striping
    /// breaks a rule.
    base::Expected<base::FileMap> allocate(std::uint64_t size, const Striping &striping = {});

    /// Afterwards the extents of @map cover @capacity bytes. Those that are there keep their place; the last
    /// may get longer. Each step doubles what the file has, where there is room, so that a file that is
    /// written from front to back has few extents; below 2 MiB a step is larger still. What is too much is
    /// trim()'s to give back. ENOSPC: nothing has changed. EINVAL: a striped map.
    base::Expected<void> grow(base::FileMap &map, std::uint64_t capacity);
    /// Gives back the units that the first @bytes do not need. Of a striped map: all or nothing.
    void trim(base::FileMap &map, std::uint64_t bytes);
    /// What trim() leaves.
    [[nodiscard]] base::FileMap cut(const base::FileMap &map, std::uint64_t bytes) const;
    /// On the devices at hand.
    [[nodiscard]] std::uint64_t free_bytes() const { return free_units_ * unit_; }

private:
    /// Which places are good enough.
    enum class Fit { aligned_first, any };
    /// Is the size known, or is more to come?
    enum class Step { exact, ahead };

    base::Expected<base::FileMap> unstriped(std::uint64_t size);
    base::Expected<base::FileMap> striped(std::uint64_t size, const Striping &striping);
    [[nodiscard]] base::Expected<void> check(const Striping &striping) const;
    [[nodiscard]] std::uint32_t buckets(std::size_t device, const Striping &striping) const;
    base::Expected<void> extend(base::FileMap &map, std::uint64_t capacity, Step step);
    bool extend(base::FileMap &map, std::uint64_t wanted, Step step, Fit fit);
    [[nodiscard]] std::uint64_t missing(std::uint64_t held, std::uint64_t wanted, Step step) const;
    void extend_last(base::FileMap &map, std::uint64_t units, Fit fit);
    [[nodiscard]] base::Extent next_run(const base::FileMap &map, std::uint64_t units, Fit fit) const;
    [[nodiscard]] std::optional<base::Extent> aligned_run(const base::FileMap &map,
                                                          std::uint64_t units) const;
    [[nodiscard]] base::Extent any_run(const base::FileMap &map, std::uint64_t units) const;
    void reserve(const base::Extent &extent);
    void give_back(const base::Extent &extent);
    [[nodiscard]] base::Extent extent(std::size_t device, std::uint64_t unit, std::uint64_t units) const;

    std::uint64_t unit_;
    std::uint64_t per_block_;        ///< units in 2 MiB
    std::vector<FreeUnits> devices_; ///< by device index
    std::uint64_t free_units_ = 0;
    std::mt19937_64 random_;
};

} // namespace famfs::media
