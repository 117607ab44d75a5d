// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/tree/name_table.h"

#include "daemon/media/tree/file_system.h"

#include <bit>
#include <cstring>
#include <random>

namespace famfs::media {

namespace {

/// Multiplies to 128 bits and folds: every input bit reaches every output bit.
std::uint64_t mix(std::uint64_t left, std::uint64_t right) {
    const auto product = static_cast<unsigned __int128>(left) * right;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t word_at(const char *from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof(word));
    return word;
}

/// Up to 8 bytes. A copy of so few, by a length that is not a constant, would be a call.
std::uint64_t short_word(std::string_view bytes) {
    std::uint64_t word = 0;
    for (const char byte : bytes)
        word = word << 8 | static_cast<unsigned char>(byte);
    return word;
}

} // namespace

NameTable::NameTable() {
    std::random_device random;
    seed_ = (static_cast<std::uint64_t>(random()) << 32 | random()) | 1;
}

std::uint32_t NameTable::hash(std::uint64_t parent, std::string_view name) const {
    constexpr std::size_t word_bytes = sizeof(std::uint64_t);
    std::uint64_t state = mix(parent ^ seed_, seed_ + name.size());
    const auto add = [&](std::uint64_t word) { state = mix(state ^ word, seed_ ^ 0x9E3779B97F4A7C15ULL); };
    for (std::size_t at = 0; at + word_bytes < name.size(); at += word_bytes)
        add(word_at(name.data() + at));
    // The last word may hold bytes that were in the one before.
    add(name.size() < word_bytes ? short_word(name) : word_at(name.data() + name.size() - word_bytes));
    return static_cast<std::uint32_t>(mix(state, 0xD6E8FEB86659FD93ULL ^ seed_));
}

void NameTable::reserve(std::size_t nodes) {
    grow(std::bit_ceil(nodes * 2 + 16));
}

void NameTable::place(const Slot &slot) {
    std::size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].position != none)
        at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
}

void NameTable::grow(std::size_t slots) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
    for (const Slot &slot : old)
        if (slot.position != none)
            place(slot);
}

void NameTable::insert(const std::vector<Node> &nodes, std::uint32_t position) {
    if ((used_ + 1) * 2 > slots_.size())
        grow(slots_.empty() ? 16 : slots_.size() * 2);
    place({position, hash(nodes[position].parent, nodes[position].name)});
    used_++;
}

std::uint32_t NameTable::find(const std::vector<Node> &nodes, std::uint64_t parent,
                              std::string_view name) const {
    if (slots_.empty())
        return none;
    const std::uint32_t wanted = hash(parent, name);
    for (std::size_t at = wanted & (slots_.size() - 1); slots_[at].position != none;
         at = (at + 1) & (slots_.size() - 1)) {
        if (slots_[at].hash != wanted)
            continue;
        const Node &node = nodes[slots_[at].position];
        if (node.parent == parent && node.name == name)
            return slots_[at].position;
    }
    return none;
}

} // namespace famfs::media
