// SPDX-License-Identifier: GPL-2.0-only
// Pieces of a range that were used and are free again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace famfs::loader {

/// Offsets and lengths in bytes. Neighbours become one piece. One thread at a time.
class FreeSpace {
public:
    /// @offset .. @offset + @length is free; the caller gives nothing twice.
    void give(std::uint64_t offset, std::uint64_t length);
    /// The smallest piece that is long enough; its rest stays free. Absent: there is none.
    std::optional<std::uint64_t> take(std::uint64_t length);
    /// Takes the piece that begins at @offset, and says how long it is; 0 if none does.
    std::uint64_t take_at(std::uint64_t offset);
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

private:
    using ByOffset = std::map<std::uint64_t, std::uint64_t>;
    void insert(std::uint64_t offset, std::uint64_t length);
    void erase(ByOffset::iterator piece);

    ByOffset pieces_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> by_length_; ///< length, offset
    std::uint64_t bytes_ = 0;
};

} // namespace famfs::loader
