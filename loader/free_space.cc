// SPDX-License-Identifier: GPL-2.0-only
#include "loader/free_space.h"

#include <iterator>

namespace famfs::loader {

void FreeSpace::insert(std::uint64_t offset, std::uint64_t length) {
    pieces_.emplace(offset, length);
    by_length_.emplace(length, offset);
    bytes_ += length;
}

void FreeSpace::erase(ByOffset::iterator piece) {
    bytes_ -= piece->second;
    by_length_.erase({piece->second, piece->first});
    pieces_.erase(piece);
}

void FreeSpace::give(std::uint64_t offset, std::uint64_t length) {
    auto next = pieces_.lower_bound(offset);
    if (next != pieces_.end() && next->first == offset + length) {
        length += next->second;
        erase(next++);
    }
    if (next != pieces_.begin()) {
        const auto before = std::prev(next);
        if (before->first + before->second == offset) {
            offset = before->first;
            length += before->second;
            erase(before);
        }
    }
    insert(offset, length);
}

std::optional<std::uint64_t> FreeSpace::take(std::uint64_t length) {
    const auto fitting = by_length_.lower_bound({length, 0});
    if (fitting == by_length_.end())
        return std::nullopt;
    const auto [found, offset] = *fitting;
    erase(pieces_.find(offset));
    if (found > length)
        insert(offset + length, found - length);
    return offset;
}

std::uint64_t FreeSpace::take_at(std::uint64_t offset) {
    const auto piece = pieces_.find(offset);
    if (piece == pieces_.end())
        return 0;
    const std::uint64_t length = piece->second;
    erase(piece);
    return length;
}

} // namespace famfs::loader
