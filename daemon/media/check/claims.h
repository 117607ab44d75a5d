// SPDX-License-Identifier: GPL-2.0-only
// Who uses which bytes of the devices. Every extent that lies inside a device is a claim, also one of a file
// that is not served for another reason: on other hosts the file may be in use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace famfs::media {

struct Claim {
    std::uint32_t device = 0;
    std::uint32_t extent = 0; ///< which extent of its file
    std::uint64_t entry = 0;  ///< log index of the file
    std::uint64_t start = 0;  ///< bytes on the device
    std::uint64_t end = 0;
};

struct Conflict {
    Claim claim;             ///< the later one in the log
    std::uint64_t owner = 0; ///< log index of the file that had the bytes before, or of the same file
};

/// Bytes of one device that files may use.
struct DataArea {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
};

struct ClaimTotals {
    std::uint64_t used = 0;             ///< bytes, counted once
    std::uint64_t largest_free_run = 0; ///< bytes
};

class Claims {
public:
    void reserve(std::size_t claims) { claims_.reserve(claims); }
    void add(const Claim &claim) { claims_.push_back(claim); }
    /// Of the claims that were added since the last call, in log order; empty if they claim no byte that is
    /// claimed already. Linear in the usual case of ascending offsets.
    [[nodiscard]] std::vector<Conflict> conflicts();
    /// conflicts() has been called for all of them.
    [[nodiscard]] ClaimTotals totals(const std::vector<DataArea> &areas) const;

private:
    [[nodiscard]] bool settle();

    std::vector<Claim> claims_; ///< by device and start up to settled_, beyond it in log order
    std::size_t settled_ = 0;
};

} // namespace famfs::media
